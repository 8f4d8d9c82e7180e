{{- define "vasari.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "vasari.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else if contains (include "vasari.name" .) .Release.Name }}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "vasari.name" .) | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "vasari.selector" -}}
app.kubernetes.io/name: {{ include "vasari.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "vasari.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "vasari.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "vasari.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "vasari.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "vasari.claim" -}}
{{- default (include "vasari.fullname" .) .Values.persistence.existingClaim }}
{{- end }}

{{/* Whether the servers' own number of replicas is not the one of their Deployment. */}}
{{- define "vasari.serverIsScaled" -}}
{{- if .Values.server.autoscaling.enabled }}yes{{ end }}
{{- end }}

{{/* What can't be told by the schema alone: values that don't go together. */}}
{{- define "vasari.validate" -}}
{{- $isOne := and (eq (int .Values.server.replicas) 1) (not .Values.server.autoscaling.enabled) (not .Values.workers.enabled) }}
{{- if and .Values.persistence.enabled (not $isOne) }}
{{- fail "persistence is one data folder, and no two servers share one: set server.replicas to 1, and server.autoscaling.enabled and workers.enabled to false, or give objectStore.url and leave persistence off" }}
{{- end }}
{{- if and .Values.database.existingSecret (not .Values.objectStore.url) (not .Values.persistence.enabled) }}
{{- fail "pictures would be lost with their pod: give objectStore.url, or set persistence.enabled for a single server" }}
{{- end }}
{{- if and .Values.serviceMonitor.enabled (not .Values.config.metrics) }}
{{- fail "serviceMonitor.enabled needs config.metrics" }}
{{- end }}
{{- if and .Values.serviceMonitor.enabled (not .Values.auth.existingSecret) (not .Values.auth.allowAnonymous) }}
{{- fail "serviceMonitor.enabled needs auth.existingSecret: /metrics asks for a key, as captions do" }}
{{- end }}
{{- if and (ne .Values.workers.autoscaling.type "off") (not .Values.config.metrics) }}
{{- fail "workers.autoscaling needs config.metrics" }}
{{- end }}
{{- end }}
