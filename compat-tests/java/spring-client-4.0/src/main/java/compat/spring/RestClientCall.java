package compat.spring;

import org.springframework.cloud.client.loadbalancer.LoadBalanced;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.web.client.RestClient;

/** The load-balanced {@link RestClient}, beside a plain one for everything else, the discovery client included. */
@Configuration(proxyBeanMethods = false)
class RestClientCall {

    @Bean
    @LoadBalanced
    RestClient.Builder loadBalancedRestClientBuilder() {
        return RestClient.builder();
    }

    @Bean
    @Primary
    RestClient.Builder restClientBuilder() {
        return RestClient.builder();
    }

    @Bean
    RestCall restCall(@LoadBalanced RestClient.Builder builder) {
        RestClient client = builder.build();
        return service -> client.get().uri("http://" + service + "/hello").retrieve().body(Hello.class);
    }
}
