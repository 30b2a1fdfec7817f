package compat.jpa;

import java.util.Map;
import java.util.UUID;

import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;

/** A product that is to be made. */
record NewProduct(@NotBlank @Size(max = 40) @Pattern(regexp = "[A-Za-z0-9._-]+") String sku,
        @NotBlank @Size(max = 200) String name, @Size(max = 200) String nameEn, @Size(max = 200) String spec,
        @Size(max = 4000) String description, UUID categoryId, @Pattern(regexp = "[0-9]{8,14}") String barcode,
        @NotNull Uom uom, @Min(0) @Max(3) Short quantityScale, @NotNull @Valid Money salePrice,
        @Valid Money purchasePrice, TaxCode taxCode, Boolean stockTracked, Boolean lotTracked,
        UUID defaultSupplierId, @Min(0) @Max(365) Integer leadTimeDays,
        @Size(max = 50) Map<String, String> attributes) {
}
