package compat.jpa;

import java.util.UUID;

import org.springframework.data.jpa.repository.JpaRepository;

interface AuditLogs extends JpaRepository<AuditLog, UUID> {
}
