package compat.reference;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.cloud.netflix.eureka.server.EnableEurekaServer;

/** The server that ours replaces, exactly as its guide says to write it. */
@SpringBootApplication
@EnableEurekaServer
public class ReferenceServer {

    public static void main(String[] args) {
        SpringApplication.run(ReferenceServer.class, args);
    }
}
