{{- define "presage.labels" -}}
app.kubernetes.io/name: presage
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "presage.image" -}}
image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- end }}

{{- define "presage.pod" -}}
{{- with .Values.serviceAccount }}
serviceAccountName: {{ . }}
{{- end }}
automountServiceAccountToken: {{ ne .Values.serviceAccount "" }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "presage.container" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
volumeMounts:
  - {name: data, mountPath: /data}
  - {name: tmp, mountPath: /tmp}
env:
  - name: PRESAGE_DATABASE
    valueFrom: {secretKeyRef: {name: {{ .Values.database.secret }}, key: url}}
  - name: PRESAGE_OBJECT_STORE
    value: {{ .Values.objectStore.url | quote }}
  {{- with .Values.objectStore.endpoint }}
  - name: PRESAGE_OBJECT_STORE_ENDPOINT
    value: {{ . | quote }}
  {{- end }}
  {{- with .Values.s3Endpoint }}
  - name: PRESAGE_S3_ENDPOINT
    value: {{ . | quote }}
  {{- end }}
  {{- range $name, $value := .Values.settings }}
  - name: {{ $name }}
    value: {{ $value | quote }}
  {{- end }}
{{- with .Values.objectStore.secret }}
envFrom:
  - secretRef: {name: {{ . }}}
{{- end }}
{{- end }}

{{- define "presage.volumes" -}}
- name: data
  emptyDir: {sizeLimit: {{ . }}}
- name: tmp
  emptyDir: {}
{{- end }}
