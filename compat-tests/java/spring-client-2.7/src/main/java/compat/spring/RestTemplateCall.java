package compat.spring;

import org.springframework.cloud.client.loadbalancer.LoadBalanced;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.client.RestTemplate;

/** The load-balanced {@link RestTemplate}. */
@Configuration(proxyBeanMethods = false)
class RestTemplateCall {

    @Bean
    @LoadBalanced
    RestTemplate restTemplate() {
        return new RestTemplate();
    }

    @Bean
    RestCall restCall(RestTemplate template) {
        return service -> template.getForObject("http://" + service + "/hello", Hello.class);
    }
}
