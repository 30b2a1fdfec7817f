package compat.jpa;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.data.web.config.EnableSpringDataWebSupport;
import org.springframework.data.web.config.EnableSpringDataWebSupport.PageSerializationMode;

/** Products as a Spring team keeps them: Spring MVC, Spring Data JPA, PostgreSQL. */
@SpringBootApplication
@EnableSpringDataWebSupport(pageSerializationMode = PageSerializationMode.VIA_DTO)
public class ProductJpa {

    public static void main(String[] args) {
        SpringApplication.run(ProductJpa.class, args);
    }
}
