package compat.spring;

import org.springframework.boot.SpringBootVersion;
import org.springframework.cloud.client.serviceregistry.Registration;
import org.springframework.web.bind.annotation.RestController;

/** {@code GET /hello}: says who answered. */
@RestController
class HelloController implements HelloApi {

    private final Registration self;

    HelloController(Registration self) {
        this.self = self;
    }

    @Override
    public Hello hello() {
        return new Hello(self.getServiceId(), self.getInstanceId(), SpringBootVersion.getVersion());
    }
}
