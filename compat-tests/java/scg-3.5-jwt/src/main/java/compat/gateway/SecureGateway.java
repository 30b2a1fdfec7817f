package compat.gateway;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.http.HttpMethod;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.reactive.EnableWebFluxSecurity;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.config.web.server.ServerHttpSecurity.CsrfSpec;
import org.springframework.security.web.server.SecurityWebFilterChain;

/** A gateway that is a resource server; whose tokens it believes comes from its configuration. */
@SpringBootApplication
@EnableWebFluxSecurity
public class SecureGateway {

    public static void main(String[] args) {
        SpringApplication.run(SecureGateway.class, args);
    }

    /** The rules that our gateway gets as {@code gateway.security.rules}. */
    @Bean
    SecurityWebFilterChain rules(ServerHttpSecurity http) {
        return http.csrf(CsrfSpec::disable)
                .authorizeExchange(rules -> rules
                        .pathMatchers("/plain/public/**", "/actuator/health").permitAll()
                        .pathMatchers("/plain/denied/**").denyAll()
                        .pathMatchers("/plain/admin/**").hasAuthority("SCOPE_admin")
                        .pathMatchers("/plain/role/**").hasRole("ADMIN")
                        .pathMatchers(HttpMethod.POST, "/plain/orders/**").hasAuthority("SCOPE_orders.write")
                        .pathMatchers(HttpMethod.GET, "/plain/orders/{id}/lines").hasAuthority("SCOPE_orders.read")
                        .anyExchange().authenticated())
                .oauth2ResourceServer(server -> server.jwt(Customizer.withDefaults()))
                .build();
    }
}
