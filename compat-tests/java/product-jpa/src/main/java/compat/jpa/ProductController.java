package compat.jpa;

import java.net.URI;
import java.util.List;
import java.util.UUID;

import jakarta.validation.Valid;
import org.springframework.data.domain.Page;
import org.springframework.data.domain.Pageable;
import org.springframework.data.domain.Sort;
import org.springframework.data.web.PageableDefault;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/products")
class ProductController {

    private final ProductService products;

    ProductController(ProductService products) {
        this.products = products;
    }

    @GetMapping("/{id}")
    ResponseEntity<ProductView> byId(@PathVariable UUID id) {
        return products.byId(id).map(found -> ResponseEntity.ok().eTag(tag(found)).body(found))
                .orElseGet(() -> ResponseEntity.notFound().build());
    }

    @GetMapping
    Page<ProductView> page(@RequestParam(required = false) List<Status> status,
            @RequestParam(required = false) List<UUID> categoryId, @RequestParam(required = false) Long priceFrom,
            @RequestParam(required = false) Long priceTo,
            @PageableDefault(size = 20, sort = "sku", direction = Sort.Direction.ASC) Pageable pageable) {
        return products.page(new ProductFilter(status, categoryId, priceFrom, priceTo), pageable);
    }

    @PostMapping
    ResponseEntity<ProductView> create(@Valid @RequestBody NewProduct product,
            @RequestHeader(name = "X-User-Id", defaultValue = "anonymous") String actor) {
        ProductView made = products.create(product, actor);
        return ResponseEntity.created(URI.create("/products/" + made.id())).eTag(tag(made)).body(made);
    }

    private static String tag(ProductView product) {
        return "\"" + product.version() + "\"";
    }
}
