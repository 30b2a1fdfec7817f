package compat.caller;

import java.time.Instant;

/** The error body that Spring Boot has written since its first version. */
public record ClassicError(Instant timestamp, int status, String error, String message, String path) {
}
