package compat.jpa;

import java.time.Instant;
import java.util.Map;
import java.util.UUID;

/** A product as it is told. */
record ProductView(UUID id, String sku, String name, String nameEn, String spec, String description,
        UUID categoryId, String barcode, Uom uom, short quantityScale, Money salePrice, Money purchasePrice,
        TaxCode taxCode, boolean stockTracked, boolean lotTracked, UUID defaultSupplierId, Integer leadTimeDays,
        Map<String, String> attributes, Status status, long version, Instant createdAt, String createdBy,
        Instant updatedAt, String updatedBy) {

    static ProductView of(Product product) {
        return new ProductView(product.id, product.sku, product.name, product.nameEn, product.spec,
                product.description, product.categoryId, product.barcode, product.uom, product.quantityScale,
                Money.of(product.saleAmount, product.currency), Money.of(product.purchaseAmount, product.currency),
                product.taxCode, product.stockTracked, product.lotTracked, product.defaultSupplierId,
                product.leadTimeDays, product.attributes, product.status, product.version, product.createdAt,
                product.createdBy, product.updatedAt, product.updatedBy);
    }
}
