package compat.spring;

/** Who answered: application name, instance id and the version of Spring Boot below it. */
public record Hello(String app, String instanceId, String boot) {
}
