package compat.caller;

import java.util.UUID;

import org.springframework.cloud.openfeign.FeignClient;
import org.springframework.cloud.openfeign.SpringQueryMap;
import org.springframework.data.domain.Page;
import org.springframework.data.domain.Pageable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;

/** The service by its name in the registry. */
@FeignClient(name = "product-service", configuration = ProductErrors.class)
interface Products {

    @GetMapping("/products")
    Page<Product> page(@RequestParam("q") String terms, @SpringQueryMap Pageable pageable);

    @GetMapping("/products")
    ProductModel model(@RequestParam("q") String terms, @RequestParam("page") int page,
            @RequestParam("size") int size, @RequestParam("sort") String sort);

    @GetMapping("/products/{id}")
    ResponseEntity<Product> byId(@PathVariable("id") UUID id);

    @PostMapping("/products")
    ResponseEntity<Product> create(@RequestHeader("Idempotency-Key") String key, @RequestBody NewProduct product);

    @PutMapping("/products/{id}")
    ResponseEntity<Product> replace(@PathVariable("id") UUID id, @RequestHeader("If-Match") String version,
            @RequestBody NewProduct product);
}
