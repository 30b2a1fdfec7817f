package compat.jpa;

import java.text.Normalizer;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.Id;
import jakarta.persistence.PrePersist;
import jakarta.persistence.PreUpdate;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.annotations.UuidGenerator;
import org.hibernate.type.SqlTypes;

/** A row of the table that the product service has made. */
@Entity
@Table(name = "product")
class Product {

    @Id
    @GeneratedValue
    @UuidGenerator(style = UuidGenerator.Style.TIME)
    UUID id;

    @Column(nullable = false, updatable = false)
    String sku;
    @Column(nullable = false)
    String name;
    String nameEn;
    String spec;
    String description;
    UUID categoryId;
    String barcode;
    Uom uom;
    short quantityScale;
    Long saleAmount;
    Long purchaseAmount;
    String currency;
    @Column(nullable = false)
    TaxCode taxCode;
    boolean stockTracked;
    boolean lotTracked;
    UUID defaultSupplierId;
    Integer leadTimeDays;
    @JdbcTypeCode(SqlTypes.JSON)
    @Column(nullable = false)
    Map<String, String> attributes;
    @Column(nullable = false)
    Status status;
    @Version
    long version = 1;
    @Column(nullable = false, updatable = false)
    Instant createdAt;
    @Column(nullable = false, updatable = false)
    String createdBy;
    @Column(nullable = false)
    Instant updatedAt;
    @Column(nullable = false)
    String updatedBy;
    @Column(nullable = false)
    String nameKey;
    @Column(nullable = false)
    String search;
    @Column(nullable = false)
    long priceKey;

    /** What lists are searched and sorted by. */
    @PrePersist
    @PreUpdate
    void derive() {
        nameKey = folded(name);
        search = folded(String.join(" ", name, sku, barcode == null ? "" : barcode, spec == null ? "" : spec));
        priceKey = saleAmount == null ? -1 : saleAmount;
    }

    private static String folded(String text) {
        String normal = Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
        return normal.strip().replaceAll("\\s+", " ");
    }
}
