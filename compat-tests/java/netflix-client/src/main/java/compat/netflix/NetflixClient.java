package compat.netflix;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.netflix.appinfo.ApplicationInfoManager;
import com.netflix.appinfo.EurekaInstanceConfig;
import com.netflix.appinfo.InstanceInfo;
import com.netflix.appinfo.InstanceInfo.InstanceStatus;
import com.netflix.appinfo.MyDataCenterInstanceConfig;
import com.netflix.appinfo.providers.EurekaConfigBasedInstanceInfoProvider;
import com.netflix.discovery.CacheRefreshedEvent;
import com.netflix.discovery.DefaultEurekaClientConfig;
import com.netflix.discovery.EurekaClient;
import com.netflix.discovery.EurekaClientConfig;
import com.netflix.discovery.shared.Application;
import com.netflix.discovery.shared.Applications;

/**
 * The plain client, configured by its own {@code eureka.*} system properties and driven over standard input.
 *
 * <p>Every command is one line and is answered by one line of JSON:
 * <ul>
 * <li>{@code registry}: all instances known, whatever their status, and the hash over them
 * <li>{@code lookup NAME}: what a caller of that VIP address would be offered
 * <li>{@code status UP|DOWN|...}: sets the own status
 * <li>{@code metadata KEY VALUE}: adds to the own metadata
 * <li>{@code shutdown}: leaves the registry and ends
 * </ul>
 * {@code -Dcompat.xml=true} makes it write and read XML instead of JSON.
 */
public final class NetflixClient {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final ApplicationInfoManager self;
    private final EurekaClient client;
    private final AtomicLong refreshes = new AtomicLong();

    private NetflixClient(ApplicationInfoManager self, EurekaClient client) {
        this.self = self;
        this.client = client;
        client.registerEventListener(event -> {
            if (event instanceof CacheRefreshedEvent) {
                refreshes.incrementAndGet();
            }
        });
    }

    public static void main(String[] args) throws Exception {
        EurekaInstanceConfig instance = new MyDataCenterInstanceConfig();
        InstanceInfo info = new EurekaConfigBasedInstanceInfoProvider(instance).get();
        ApplicationInfoManager self = new ApplicationInfoManager(instance, info);
        EurekaClientConfig config = new DefaultEurekaClientConfig();
        EurekaClient client = Transport.connect(self, config, Boolean.getBoolean("compat.xml"));
        new NetflixClient(self, client).obey();
    }

    private void obey() throws Exception {
        self.setInstanceStatus(InstanceStatus.UP);
        answer(Map.of("instanceId", self.getInfo().getId()));
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            String[] words = line.trim().split(" ", 3);
            switch (words[0]) {
                case "registry" -> answer(registry());
                case "lookup" -> answer(Map.of("instances", describe(client.getInstancesByVipAddress(words[1], false))));
                case "status" -> {
                    self.setInstanceStatus(InstanceStatus.valueOf(words[1]));
                    answer(Map.of("status", words[1]));
                }
                case "metadata" -> {
                    self.registerAppMetadata(Map.of(words[1], words[2]));
                    answer(Map.of("metadata", self.getInfo().getMetadata()));
                }
                case "shutdown" -> {
                    client.shutdown();
                    answer(Map.of("shutdown", true));
                    System.exit(0);
                }
                default -> throw new IllegalArgumentException(line);
            }
        }
        // The test is gone: end without a word to the server, as a killed process would.
        Runtime.getRuntime().halt(1);
    }

    private Map<String, Object> registry() {
        Applications known = client.getApplications();
        List<Map<String, Object>> instances = new ArrayList<>();
        for (Application application : known.getRegisteredApplications()) {
            instances.addAll(describe(application.getInstancesAsIsFromEureka()));
        }
        return Map.of("instances", instances, "hash", known.getReconcileHashCode(), "refreshes", refreshes.get());
    }

    private static List<Map<String, Object>> describe(List<InstanceInfo> instances) {
        return instances.stream().map(NetflixClient::describe).toList();
    }

    private static Map<String, Object> describe(InstanceInfo instance) {
        Map<String, Object> seen = new LinkedHashMap<>();
        seen.put("app", instance.getAppName());
        seen.put("instanceId", instance.getId());
        seen.put("hostName", instance.getHostName());
        seen.put("ipAddr", instance.getIPAddr());
        seen.put("port", instance.getPort());
        seen.put("status", instance.getStatus().name());
        seen.put("vipAddress", instance.getVIPAddress());
        seen.put("metadata", instance.getMetadata());
        return seen;
    }

    private static void answer(Map<String, Object> answer) throws Exception {
        System.out.println(JSON.writeValueAsString(answer));
        System.out.flush();
    }
}
