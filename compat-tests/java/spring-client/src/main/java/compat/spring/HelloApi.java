package compat.spring;

import org.springframework.web.bind.annotation.GetMapping;

/** What every service answers; its Feign clients are declared on top of it. */
public interface HelloApi {

    @GetMapping("/hello")
    Hello hello();
}
