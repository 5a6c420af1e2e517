// The image's health check: it has neither a shell nor curl to ask with. Kubernetes uses its own probes instead.
const { PORT = "8080" } = process.env;
const { ok } = await fetch(`http://127.0.0.1:${PORT}/health/liveness`);
process.exitCode = ok ? 0 : 1;
