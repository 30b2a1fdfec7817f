package compat.gateway;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.cloud.gateway.filter.ratelimit.KeyResolver;
import org.springframework.cloud.gateway.filter.ratelimit.PrincipalNameKeyResolver;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;
import reactor.core.publisher.Mono;

/** Spring Cloud Gateway as its guide says to write it; routes come from the configuration it is started with. */
@SpringBootApplication
public class SpringGateway {

    public static void main(String[] args) {
        SpringApplication.run(SpringGateway.class, args);
    }

    /** Who is limited unless a route says otherwise: Spring's own, which steps back where there is another. */
    @Bean
    @Primary
    KeyResolver principalNameKeyResolver() {
        return new PrincipalNameKeyResolver();
    }

    /** Who is limited: the caller's address. Ours knows this resolver by its name. */
    @Bean
    KeyResolver remoteAddrKeyResolver() {
        return exchange -> Mono.justOrEmpty(exchange.getRequest().getRemoteAddress())
                .map(address -> address.getAddress().getHostAddress());
    }
}
