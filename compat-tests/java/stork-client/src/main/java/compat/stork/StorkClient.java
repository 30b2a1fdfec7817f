package compat.stork;

import static compat.steps.Steps.setting;

import compat.steps.Steps;
import io.smallrye.mutiny.Uni;
import io.smallrye.stork.Stork;
import io.smallrye.stork.api.ServiceInstance;
import io.smallrye.stork.api.ServiceRegistrar.RegistrarOptions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** SmallRye Stork, which registers and resolves but never renews, driven step by step. */
public final class StorkClient {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private StorkClient() {}

    public static void main(String[] arguments) throws Exception {
        Stork.initialize();
        String app = setting("APP");
        var registrar = Stork.getInstance().getService(app).getServiceRegistrar();
        var steps = new LinkedHashMap<String, Steps.Step>();
        steps.put("register", words -> {
            var options = new RegistrarOptions(
                    app, setting("IP"), Integer.parseInt(setting("PORT")), List.of(), Map.of("team", "a & b"));
            wait(registrar.registerServiceInstance(options));
            return Map.of();
        });
        steps.put("instances", words -> seen(words[0]));
        steps.put("deregister", words -> {
            wait(registrar.deregisterServiceInstance(app));
            return Map.of();
        });
        Steps.run(steps);
        System.exit(0);
    }

    private static Map<String, ?> seen(String service) {
        List<ServiceInstance> found = wait(Stork.getInstance().getService(service).getInstances());
        return Map.of("instances", found.stream().map(one -> Map.of(
                "host", one.getHost(),
                "port", one.getPort(),
                "secure", one.isSecure())).toList());
    }

    private static <T> T wait(Uni<T> answer) {
        return answer.await().atMost(PATIENCE);
    }
}
