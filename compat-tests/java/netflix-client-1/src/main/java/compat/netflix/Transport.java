package compat.netflix;

import java.util.List;

import com.netflix.appinfo.ApplicationInfoManager;
import com.netflix.discovery.DiscoveryClient;
import com.netflix.discovery.EurekaClient;
import com.netflix.discovery.EurekaClientConfig;
import com.netflix.discovery.DiscoveryClient.DiscoveryClientOptionalArgs;
import com.sun.jersey.api.client.ClientHandlerException;
import com.sun.jersey.api.client.ClientRequest;
import com.sun.jersey.api.client.ClientResponse;
import com.sun.jersey.api.client.filter.ClientFilter;

/** The 1.x client over Jersey 1. */
final class Transport {

    private Transport() {
    }

    static EurekaClient connect(ApplicationInfoManager self, EurekaClientConfig config, boolean xml) {
        DiscoveryClientOptionalArgs args = new DiscoveryClientOptionalArgs();
        if (xml) {
            args.setAdditionalFilters(List.of(new AskForXml()));
        }
        return new DiscoveryClient(self, config, args);
    }

    /** The client carries both codecs and picks by media type, but always asks for JSON: its users turn it like this. */
    private static final class AskForXml extends ClientFilter {

        @Override
        public ClientResponse handle(ClientRequest request) throws ClientHandlerException {
            request.getHeaders().putSingle("Accept", "application/xml");
            if (request.getEntity() != null) {
                request.getHeaders().putSingle("Content-Type", "application/xml");
            }
            return getNext().handle(request);
        }
    }
}
