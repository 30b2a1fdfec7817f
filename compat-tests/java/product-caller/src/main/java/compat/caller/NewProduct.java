package compat.caller;

import java.util.Map;

/** What a product is made or replaced with. Written with all members, those without a value as null. */
public record NewProduct(String sku, String name, String nameEn, String uom, Money salePrice,
        Map<String, String> attributes, Long version) {
}
