package compat.caller;

import java.time.Instant;
import java.util.Map;
import java.util.UUID;

/** A product as the service tells it; what this caller has no use for is left out. */
public record Product(UUID id, String sku, String name, String uom, Money salePrice, boolean stockTracked,
        Map<String, String> attributes, String status, long version, Instant createdAt) {
}
