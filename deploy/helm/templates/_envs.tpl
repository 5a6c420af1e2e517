{{- /*
The variables of a container: those of `env`, and of `namespace_secrets` the named ones. The house's chart has such a template too, which took
the root context in older versions and takes the values in newer ones: this one depends on neither.
*/ -}}
{{- define "manage-pom-cases-and-delius.env" -}}
{{- $secrets := .secrets -}}
{{- range $secret, $keys := .service.namespace_secrets }}
{{- range $name, $key := $keys }}
{{- if has $name $secrets }}
- name: {{ $name }}
  valueFrom: { secretKeyRef: { name: {{ $secret }}, key: {{ $key }} } }
{{- end }}
{{- end }}
{{- end }}
{{- range $name, $value := .service.env }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end -}}
