package compat.jpa;

import java.io.Serializable;
import java.time.Instant;
import java.util.UUID;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.PostLoad;
import jakarta.persistence.PostPersist;
import jakarta.persistence.Table;
import jakarta.persistence.Transient;
import org.springframework.data.domain.Persistable;

/** What a product cost from when on. */
@Entity
@Table(name = "price_history")
@IdClass(PriceHistory.Key.class)
class PriceHistory implements Persistable<PriceHistory.Key> {

    record Key(UUID productId, long version) implements Serializable {
    }

    @Id
    UUID productId;
    @Id
    long version;
    @Column(nullable = false)
    Instant validFrom;
    Long saleAmount;
    Long purchaseAmount;
    String currency;
    @Column(nullable = false)
    String actor;
    @Transient
    private boolean isNew = true;

    protected PriceHistory() {
    }

    PriceHistory(Product product) {
        productId = product.id;
        version = product.version;
        validFrom = product.updatedAt;
        saleAmount = product.saleAmount;
        purchaseAmount = product.purchaseAmount;
        currency = product.currency;
        actor = product.updatedBy;
    }

    @Override
    public Key getId() {
        return new Key(productId, version);
    }

    @Override
    public boolean isNew() {
        return isNew;
    }

    @PostLoad
    @PostPersist
    void known() {
        isNew = false;
    }
}
