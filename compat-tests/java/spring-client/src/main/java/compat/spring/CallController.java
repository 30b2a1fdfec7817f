package compat.spring;

import java.util.Map;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Calls another service by its name, in both ways Spring users do. */
@RestController
class CallController {

    private final RestCall rest;
    private final Map<String, HelloApi> feign;

    CallController(RestCall rest, Boot27Client boot27, Boot35Client boot35, Boot40Client boot40) {
        this.rest = rest;
        this.feign = Map.of("boot27-service", boot27, "boot35-service", boot35, "boot40-service", boot40);
    }

    @GetMapping("/call/rest")
    Hello throughRest(@RequestParam("service") String service) {
        return rest.hello(service);
    }

    @GetMapping("/call/feign")
    Hello throughFeign(@RequestParam("service") String service) {
        return feign.get(service).hello();
    }
}
