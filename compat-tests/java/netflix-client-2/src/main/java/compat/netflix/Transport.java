package compat.netflix;

import java.util.List;

import com.netflix.appinfo.ApplicationInfoManager;
import com.netflix.appinfo.InstanceInfo;
import com.netflix.discovery.DiscoveryClient;
import com.netflix.discovery.EurekaClient;
import com.netflix.discovery.EurekaClientConfig;
import com.netflix.discovery.Jersey3DiscoveryClientOptionalArgs;
import com.netflix.discovery.shared.transport.jersey3.Jersey3TransportClientFactories;
import jakarta.ws.rs.client.ClientRequestContext;
import jakarta.ws.rs.client.ClientRequestFilter;
import jakarta.ws.rs.core.MediaType;

/** The 2.x client over Jersey 3. */
final class Transport {

    private Transport() {
    }

    static EurekaClient connect(ApplicationInfoManager self, EurekaClientConfig config, boolean xml) {
        Jersey3DiscoveryClientOptionalArgs args = new Jersey3DiscoveryClientOptionalArgs();
        if (xml) {
            args.setAdditionalFilters(List.of(new AskForXml()));
        }
        return new DiscoveryClient(self, config, Jersey3TransportClientFactories.getInstance(), args);
    }

    /** The client carries both codecs and picks by media type, but always asks for JSON: its users turn it like this. */
    private static final class AskForXml implements ClientRequestFilter {

        @Override
        public void filter(ClientRequestContext request) {
            request.getHeaders().putSingle("Accept", MediaType.APPLICATION_XML);
            if (request.getEntity() instanceof InstanceInfo) {
                request.setEntity(request.getEntity(), null, MediaType.APPLICATION_XML_TYPE);
            }
        }
    }
}
