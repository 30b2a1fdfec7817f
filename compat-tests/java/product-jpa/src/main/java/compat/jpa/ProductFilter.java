package compat.jpa;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

import jakarta.persistence.criteria.Predicate;
import org.springframework.data.jpa.domain.Specification;

/** What lists are asked for; what is null allows everything. */
record ProductFilter(List<Status> status, List<UUID> categoryId, Long priceFrom, Long priceTo) {

    Specification<Product> specification() {
        return (product, query, builder) -> {
            List<Predicate> all = new ArrayList<>();
            all.add(status == null || status.isEmpty() ? builder.notEqual(product.get("status"), Status.DELETED)
                    : product.get("status").in(status));
            if (categoryId != null && !categoryId.isEmpty()) {
                all.add(product.get("categoryId").in(categoryId));
            }
            if (priceFrom != null) {
                all.add(builder.greaterThanOrEqualTo(product.get("saleAmount"), priceFrom));
            }
            if (priceTo != null) {
                all.add(builder.lessThanOrEqualTo(product.get("saleAmount"), priceTo));
            }
            return builder.and(all.toArray(Predicate[]::new));
        };
    }
}
