package compat.jpa;

import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

import org.springframework.data.domain.Page;
import org.springframework.data.domain.Pageable;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Reads and writes products. */
@Service
@Transactional(readOnly = true)
class ProductService {

    private final Clock clock = Clock.systemUTC();
    private final Products products;
    private final PriceHistories prices;
    private final AuditLogs audit;

    ProductService(Products products, PriceHistories prices, AuditLogs audit) {
        this.products = products;
        this.prices = prices;
        this.audit = audit;
    }

    Optional<ProductView> byId(UUID id) {
        return products.findById(id).map(ProductView::of);
    }

    Page<ProductView> page(ProductFilter filter, Pageable pageable) {
        return products.findAll(filter.specification(), pageable).map(ProductView::of);
    }

    /** One transaction for the product, its first price and the log of who made it. */
    @Transactional
    ProductView create(NewProduct input, String actor) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        Product product = new Product();
        product.sku = input.sku().toUpperCase(java.util.Locale.ROOT);
        product.name = input.name().strip();
        product.nameEn = input.nameEn();
        product.spec = input.spec();
        product.description = input.description();
        product.categoryId = input.categoryId();
        product.barcode = input.barcode();
        product.uom = input.uom();
        product.quantityScale = input.quantityScale() == null ? 0 : input.quantityScale();
        product.saleAmount = input.salePrice().amount();
        product.purchaseAmount = input.purchasePrice() == null ? null : input.purchasePrice().amount();
        product.currency = input.salePrice().currency();
        product.taxCode = input.taxCode() == null ? TaxCode.TAXABLE : input.taxCode();
        product.stockTracked = input.stockTracked() == null || input.stockTracked();
        product.lotTracked = input.lotTracked() != null && input.lotTracked();
        product.defaultSupplierId = input.defaultSupplierId();
        product.leadTimeDays = input.leadTimeDays();
        product.attributes = input.attributes() == null ? Map.of() : new TreeMap<>(input.attributes());
        product.status = Status.ACTIVE;
        product.createdAt = now;
        product.createdBy = actor;
        product.updatedAt = now;
        product.updatedBy = actor;
        products.save(product);
        prices.save(new PriceHistory(product));
        ProductView made = ProductView.of(product);
        audit.save(created(made, actor, now));
        return made;
    }

    private static AuditLog created(ProductView made, String actor, Instant now) {
        AuditLog row = new AuditLog();
        row.entityId = made.id();
        row.version = made.version();
        row.action = "CREATE";
        row.actor = actor;
        row.at = now;
        Map<String, List<Object>> changes = new TreeMap<>();
        changed(changes, "id", made.id());
        changed(changes, "sku", made.sku());
        changed(changes, "name", made.name());
        changed(changes, "nameEn", made.nameEn());
        changed(changes, "spec", made.spec());
        changed(changes, "description", made.description());
        changed(changes, "categoryId", made.categoryId());
        changed(changes, "barcode", made.barcode());
        changed(changes, "uom", made.uom());
        changed(changes, "quantityScale", made.quantityScale());
        changed(changes, "salePrice", made.salePrice());
        changed(changes, "purchasePrice", made.purchasePrice());
        changed(changes, "taxCode", made.taxCode());
        changed(changes, "stockTracked", made.stockTracked());
        changed(changes, "lotTracked", made.lotTracked());
        changed(changes, "defaultSupplierId", made.defaultSupplierId());
        changed(changes, "leadTimeDays", made.leadTimeDays());
        changed(changes, "attributes", made.attributes());
        changed(changes, "status", made.status());
        row.changes = changes;
        return row;
    }

    private static void changed(Map<String, List<Object>> changes, String name, Object value) {
        if (value != null) {
            List<Object> both = new ArrayList<>(2);
            both.add(null);
            both.add(value);
            changes.put(name, both);
        }
    }
}
