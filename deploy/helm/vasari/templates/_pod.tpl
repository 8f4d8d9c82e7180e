{{/*
A pod of one of the pools. Takes a dictionary: `root`, the chart's context; `pool`, the pool's values; `component`, its name;
`image`, where its image is.
*/}}
{{- define "vasari.pod" -}}
{{- $ := .root -}}
{{- $config := $.Values.config -}}
metadata:
  labels:
    {{- include "vasari.labels" $ | nindent 4 }}
    app.kubernetes.io/component: {{ .component }}
  {{- with .pool.podAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  serviceAccountName: {{ include "vasari.serviceAccount" $ }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  # What is accepted is answered: the endpoints' time to forget the pod, --shutdown-timeout, and some to end.
  terminationGracePeriodSeconds: {{ add (int $config.shutdownDelay) (int $config.shutdownTimeout) 5 }}
  {{- with $.Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .pool.runtimeClassName }}
  runtimeClassName: {{ . }}
  {{- end }}
  securityContext:
    {{- toYaml $.Values.podSecurityContext | nindent 4 }}
  {{- with .pool.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .pool.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .pool.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "vasari.selector" $ | nindent 10 }}
          app.kubernetes.io/component: {{ .component }}
  containers:
    - name: vasari
      image: {{ printf "%s:%s" .image.repository (default (default $.Chart.AppVersion $.Values.image.tag) .image.tag) | quote }}
      imagePullPolicy: {{ $.Values.image.pullPolicy }}
      args: [serve]
      securityContext:
        {{- toYaml $.Values.securityContext | nindent 8 }}
      ports:
        - name: http
          containerPort: 8000
      env:
        {{- include "vasari.env" . | nindent 8 }}
      # It lives as long as it answers; a model that is being loaded is a matter of readiness.
      startupProbe:
        httpGet: { path: /livez, port: http }
        periodSeconds: 2
        failureThreshold: 30
      livenessProbe:
        httpGet: { path: /livez, port: http }
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 3
      # A queue that is full for a moment is no reason to send everybody elsewhere.
      readinessProbe:
        httpGet: { path: /readyz, port: http }
        periodSeconds: 5
        timeoutSeconds: 3
        failureThreshold: 3
      resources:
        {{- toYaml .pool.resources | nindent 8 }}
      volumeMounts:
        - name: data
          mountPath: /data
        - name: tmp
          mountPath: /tmp
        {{- if $.Values.model.existingClaim }}
        - name: models
          mountPath: {{ $.Values.model.mountPath }}
          readOnly: true
        {{- end }}
  volumes:
    - name: data
      {{- if $.Values.persistence.enabled }}
      persistentVolumeClaim:
        claimName: {{ include "vasari.claim" $ }}
      {{- else }}
      emptyDir:
        sizeLimit: {{ $.Values.data.sizeLimit }}
      {{- end }}
    - name: tmp
      emptyDir:
        medium: Memory
        sizeLimit: 256Mi
    {{- with $.Values.model.existingClaim }}
    - name: models
      persistentVolumeClaim:
        claimName: {{ . }}
        readOnly: true
    {{- end }}
{{- end }}

{{- define "vasari.env" -}}
{{- $ := .root -}}
{{- $config := $.Values.config -}}
- name: VASARI_DEVICE
  value: {{ .pool.device | quote }}
- name: VASARI_BATCH_SIZE
  value: {{ .pool.batchSize | quote }}
{{- with $.Values.model.path }}
- name: VASARI_MODEL_PATH
  value: {{ . | quote }}
{{- end }}
{{- with $.Values.model.revision }}
- name: VASARI_REVISION
  value: {{ . | quote }}
{{- end }}
- name: VASARI_TIMEOUT
  value: {{ $config.timeout | quote }}
- name: VASARI_MAX_REQUEST_SIZE
  value: {{ $config.maxRequestSize | quote }}
- name: VASARI_MAX_IMPORT_SIZE
  value: {{ $config.maxImportSize | quote }}
- name: VASARI_QUEUE_SIZE
  value: {{ $config.queueSize | quote }}
- name: VASARI_SHUTDOWN_DELAY
  value: {{ $config.shutdownDelay | quote }}
- name: VASARI_SHUTDOWN_TIMEOUT
  value: {{ $config.shutdownTimeout | quote }}
{{- with $config.trustedProxies }}
- name: VASARI_TRUSTED_PROXY
  value: {{ join "," . | quote }}
{{- end }}
- name: VASARI_SIGN_UP
  value: {{ $config.signUp | quote }}
- name: VASARI_LOG_LEVEL
  value: {{ $config.logLevel | quote }}
- name: VASARI_LOG_FORMAT
  value: json
- name: VASARI_ENABLE_METRICS
  value: {{ $config.metrics | quote }}
- name: VASARI_ALLOW_ANONYMOUS
  value: {{ $.Values.auth.allowAnonymous | quote }}
{{- with $.Values.auth }}
{{- if .existingSecret }}
- name: API_KEY
  valueFrom:
    secretKeyRef: { name: {{ .existingSecret }}, key: {{ .apiKeyKey }} }
{{- if .adminKeyKey }}
- name: ADMIN_API_KEY
  valueFrom:
    secretKeyRef: { name: {{ .existingSecret }}, key: {{ .adminKeyKey }} }
{{- end }}
{{- end }}
{{- end }}
{{- with $.Values.database }}
- name: DATABASE_URL
  {{- if .existingSecret }}
  valueFrom:
    secretKeyRef: { name: {{ .existingSecret }}, key: {{ .key }} }
  {{- else }}
  value: none
  {{- end }}
- name: VASARI_DATABASE_CONNECTIONS
  value: {{ .connections | quote }}
{{- end }}
{{- with $.Values.objectStore }}
{{- if .url }}
- name: VASARI_OBJECT_STORE
  value: {{ .url | quote }}
{{- if .endpoint }}
- name: AWS_ENDPOINT_URL
  value: {{ .endpoint | quote }}
{{- end }}
{{- if .region }}
- name: AWS_REGION
  value: {{ .region | quote }}
{{- end }}
{{- if .existingSecret }}
- name: AWS_ACCESS_KEY_ID
  valueFrom:
    secretKeyRef: { name: {{ .existingSecret }}, key: {{ .accessKeyIdKey }} }
- name: AWS_SECRET_ACCESS_KEY
  valueFrom:
    secretKeyRef: { name: {{ .existingSecret }}, key: {{ .secretAccessKeyKey }} }
{{- end }}
{{- end }}
{{- end }}
{{- with .pool.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}
