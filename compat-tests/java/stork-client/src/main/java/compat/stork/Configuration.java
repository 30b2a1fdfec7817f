package compat.stork;

import static compat.steps.Steps.setting;

import io.smallrye.stork.api.config.ServiceConfig;
import io.smallrye.stork.spi.config.ConfigProvider;
import io.smallrye.stork.spi.config.SimpleServiceConfig;
import io.smallrye.stork.spi.config.SimpleServiceConfig.SimpleServiceDiscoveryConfig;
import io.smallrye.stork.spi.config.SimpleServiceConfig.SimpleServiceRegistrarConfig;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The services of the test, as a Quarkus application would name them in its properties. */
public final class Configuration implements ConfigProvider {

    @Override
    public List<ServiceConfig> getConfigs() {
        Stream<String> services = Stream.concat(Stream.of(setting("APP")), Stream.of(setting("SERVICES").split(",")));
        return services.map(Configuration::service).toList();
    }

    @Override
    public int priority() {
        return 1;
    }

    private static ServiceConfig service(String name) {
        URI eureka = URI.create(setting("EUREKA_URL"));
        var server = Map.of("eureka-host", eureka.getHost(), "eureka-port", String.valueOf(eureka.getPort()));
        var discovery = new HashMap<>(server);
        // Every look is answered by the server, not by the copy of the last five minutes.
        discovery.put("refresh-period", "0.001S");
        var registrar = new HashMap<>(server);
        registrar.put("host-name", setting("HOST"));
        return new SimpleServiceConfig.Builder()
                .setServiceName(name)
                .setServiceDiscovery(new SimpleServiceDiscoveryConfig("eureka", discovery))
                .setServiceRegistrar(new SimpleServiceRegistrarConfig("eureka", registrar))
                .build();
    }
}
