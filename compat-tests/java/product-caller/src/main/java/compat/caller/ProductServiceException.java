package compat.caller;

import org.springframework.http.ProblemDetail;

/** An answer of the service that says no, read in both forms that Spring services expect. */
class ProductServiceException extends RuntimeException {

    private final transient Refusal refusal;

    /** What was told: both forms are null unless the answer was JSON. */
    record Refusal(int status, String contentType, ProblemDetail problem, ClassicError classic) {
    }

    ProductServiceException(Refusal refusal) {
        super("product-service answered " + refusal.status());
        this.refusal = refusal;
    }

    Refusal refusal() {
        return refusal;
    }
}
