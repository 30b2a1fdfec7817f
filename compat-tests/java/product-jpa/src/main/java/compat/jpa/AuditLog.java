package compat.jpa;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.annotations.UuidGenerator;
import org.hibernate.type.SqlTypes;

/** Who did what to which product. */
@Entity
@Table(name = "audit_log")
class AuditLog {

    /** Products among all kinds of things. */
    static final short PRODUCT = 1;

    @Id
    @GeneratedValue
    @UuidGenerator(style = UuidGenerator.Style.TIME)
    UUID id;
    short entity = PRODUCT;
    @Column(nullable = false)
    UUID entityId;
    long version;
    @Column(nullable = false)
    String action;
    @Column(nullable = false)
    String actor;
    @Column(nullable = false)
    Instant at;
    @JdbcTypeCode(SqlTypes.JSON)
    @Column(nullable = false)
    Map<String, List<Object>> changes;
}
