package compat.spring;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** {@code GET /health-switch?status=DOWN}: what {@link SwitchableHealth} says from now on. */
@RestController
class HealthController {

    private final SwitchableHealth health;

    HealthController(SwitchableHealth health) {
        this.health = health;
    }

    @GetMapping("/health-switch")
    String turn(@RequestParam("status") String status) {
        health.set(status);
        return status;
    }
}
