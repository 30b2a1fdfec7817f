package compat.spring;

import java.util.List;
import java.util.Map;

import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.netflix.eureka.EurekaServiceInstance;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** What this service knows of the others. */
@RestController
class DiscoveryController {

    /** One instance as the discovery client describes it. */
    record Seen(String instanceId, String host, int port, String uri, String status, Map<String, String> metadata) {

        static Seen of(ServiceInstance instance) {
            String status = ((EurekaServiceInstance) instance).getInstanceInfo().getStatus().name();
            return new Seen(instance.getInstanceId(), instance.getHost(), instance.getPort(),
                    instance.getUri().toString(), status, instance.getMetadata());
        }
    }

    private final DiscoveryClient discovery;

    DiscoveryController(DiscoveryClient discovery) {
        this.discovery = discovery;
    }

    @GetMapping("/services")
    List<String> services() {
        return discovery.getServices().stream().sorted().toList();
    }

    @GetMapping("/instances")
    List<Seen> instances(@RequestParam("service") String service) {
        return discovery.getInstances(service).stream().map(Seen::of).toList();
    }
}
