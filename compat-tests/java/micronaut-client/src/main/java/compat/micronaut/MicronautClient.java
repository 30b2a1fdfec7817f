package compat.micronaut;

import static compat.steps.Steps.setting;

import compat.steps.Steps;
import io.micronaut.context.ApplicationContext;
import io.micronaut.discovery.ServiceInstance;
import io.micronaut.discovery.eureka.EurekaServiceInstance;
import io.micronaut.discovery.eureka.client.v2.ApplicationInfo;
import io.micronaut.discovery.eureka.client.v2.EurekaClient;
import io.micronaut.discovery.eureka.client.v2.InstanceInfo;
import io.micronaut.health.CurrentHealthStatus;
import io.micronaut.health.HealthStatus;
import io.micronaut.http.client.LoadBalancer;
import io.micronaut.http.client.loadbalance.DiscoveryClientLoadBalancerFactory;
import io.micronaut.runtime.server.EmbeddedServer;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/** A Micronaut application that registers itself, driven step by step. */
public final class MicronautClient {

    private final Map<String, Object> properties = new HashMap<>();
    private EmbeddedServer server;

    private MicronautClient() {
        properties.put("micronaut.application.name", setting("APP").toLowerCase());
        properties.put("micronaut.server.port", -1);
        properties.put("micronaut.heartbeat.initial-delay", "1s");
        properties.put("micronaut.heartbeat.interval", setting("INTERVAL") + "s");
        properties.put("eureka.client.default-zone", setting("EUREKA_URL"));
        properties.put("eureka.client.registration.hostname", setting("HOST"));
        properties.put("eureka.client.registration.ip-addr", setting("IP"));
        properties.put("eureka.client.registration.port", Integer.valueOf(setting("PORT")));
        properties.put("eureka.client.registration.instance-id", setting("INSTANCE_ID"));
        properties.put("eureka.client.registration.metadata.team", "a & b");
    }

    public static void main(String[] arguments) throws Exception {
        var client = new MicronautClient();
        var steps = new LinkedHashMap<String, Steps.Step>();
        steps.put("register", words -> client.register());
        steps.put("instances", words -> client.instances(words[0]));
        steps.put("balanced", words -> client.balanced(words[0]));
        steps.put("apps", words -> seen(applications(wait(client.eureka().getApplicationInfos()))));
        steps.put("vip", words -> seen(applications(wait(client.eureka().getApplicationVips(words[0])))));
        steps.put("instance", words ->
                seen(List.of(wait(client.eureka().getInstanceInfo(words[0], words[1])))));
        steps.put("metadata", words -> Map.of("status", wait(
                client.eureka().updateMetadata(setting("APP"), setting("INSTANCE_ID"), words[0], words[1]))));
        steps.put("health", words -> client.health(words[0]));
        steps.put("deregister", words -> client.deregister());
        Steps.run(steps);
        System.exit(0);
    }

    private Map<String, ?> register() {
        server = ApplicationContext.run(EmbeddedServer.class, properties);
        return Map.of();
    }

    private Map<String, ?> instances(String service) {
        List<ServiceInstance> found = wait(eureka().getInstances(service));
        return seen(found.stream().map(one -> ((EurekaServiceInstance) one).getInstanceInfo()).toList());
    }

    /** What a client bean of that service name would call next. */
    private Map<String, ?> balanced(String service) {
        var factory = server.getApplicationContext().getBean(DiscoveryClientLoadBalancerFactory.class);
        LoadBalancer balancer = factory.create(service);
        return Map.of("uri", wait(balancer.select()).getURI().toString());
    }

    private Map<String, ?> health(String status) {
        var health = server.getApplicationContext().getBean(CurrentHealthStatus.class);
        health.update(status.equals("UP") ? HealthStatus.UP : HealthStatus.DOWN);
        return Map.of();
    }

    private Map<String, ?> deregister() {
        server.stop();
        return Map.of();
    }

    private EurekaClient eureka() {
        return server.getApplicationContext().getBean(EurekaClient.class);
    }

    private static <T> T wait(Publisher<T> publisher) {
        return Mono.from(publisher).block();
    }

    private static Collection<InstanceInfo> applications(List<ApplicationInfo> all) {
        return all.stream().flatMap(one -> one.getInstances().stream()).toList();
    }

    /** What a caller of the client would use of each instance. */
    private static Map<String, ?> seen(Collection<InstanceInfo> instances) {
        return Map.of("instances", instances.stream().map(one -> Map.of(
                "id", one.getId(),
                "host", one.getHostName(),
                "ip", one.getIpAddr(),
                "port", one.getPort(),
                "status", one.getStatus(),
                "metadata", one.getMetadata())).toList());
    }
}
