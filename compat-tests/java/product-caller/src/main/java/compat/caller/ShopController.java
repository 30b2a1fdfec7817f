package compat.caller;

import java.util.List;
import java.util.UUID;

import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.data.domain.Page;
import org.springframework.data.domain.PageRequest;
import org.springframework.data.domain.Sort;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Passes on what it is asked, so that whoever calls it sees what a Spring service sees. */
@RestController
@RequestMapping("/shop")
class ShopController {

    /** A page as this service understood it. */
    record Seen(List<Product> products, long number, long size, long totalElements, long totalPages) {
    }

    private final Products products;
    private final LoadBalancerClientFactory balancers;

    ShopController(Products products, LoadBalancerClientFactory balancers) {
        this.products = products;
        this.balancers = balancers;
    }

    /** Ports of the instances that calls go to. */
    @GetMapping("/instances")
    List<Integer> instances() {
        ServiceInstanceListSupplier known = balancers.getInstance("product-service", ServiceInstanceListSupplier.class);
        return known.get().blockFirst().stream().map(ServiceInstance::getPort).sorted().toList();
    }

    @GetMapping("/page")
    Seen page(@RequestParam("q") String terms, @RequestParam("page") int page, @RequestParam("size") int size) {
        Page<Product> found = products.page(terms, PageRequest.of(page, size, Sort.by("name").descending()));
        return new Seen(found.getContent(), found.getNumber(), found.getSize(), found.getTotalElements(),
                found.getTotalPages());
    }

    @GetMapping("/model")
    Seen model(@RequestParam("q") String terms, @RequestParam("page") int page, @RequestParam("size") int size) {
        ProductModel found = products.model(terms, page, size, "name,desc");
        return new Seen(found.content(), found.page().number(), found.page().size(), found.page().totalElements(),
                found.page().totalPages());
    }

    @GetMapping("/products/{id}")
    ResponseEntity<Product> byId(@PathVariable("id") UUID id) {
        return passedOn(products.byId(id));
    }

    @PostMapping("/products")
    ResponseEntity<Product> create(@RequestHeader(name = "Idempotency-Key", required = false) String key,
            @RequestBody NewProduct product) {
        return passedOn(products.create(key, product));
    }

    @PutMapping("/products/{id}")
    ResponseEntity<Product> replace(@PathVariable("id") UUID id,
            @RequestHeader(name = "If-Match", required = false) String version, @RequestBody NewProduct product) {
        return passedOn(products.replace(id, version, product));
    }

    @ExceptionHandler
    ResponseEntity<ProductServiceException.Refusal> refused(ProductServiceException refused) {
        return ResponseEntity.status(refused.refusal().status()).body(refused.refusal());
    }

    private static ResponseEntity<Product> passedOn(ResponseEntity<Product> answer) {
        return ResponseEntity.status(answer.getStatusCode()).eTag(answer.getHeaders().getETag())
                .body(answer.getBody());
    }
}
