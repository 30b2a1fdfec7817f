package compat.spring;

import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.stereotype.Component;

/** A part of the service that is healthy until told otherwise. */
@Component
class SwitchableHealth implements HealthIndicator {

    private volatile String status = "UP";

    void set(String status) {
        this.status = status;
    }

    @Override
    public Health health() {
        return Health.status(status).build();
    }
}
