// What a process tells of itself over HTTP: metrics for Prometheus, and whether it lives and is ready.

export { type HttpOptions, type HttpServer, serveHttp } from './http-server.ts';
export { type Counter, type CounterBy, type Histogram, type HistogramBy, type Label, Metrics } from './metrics.ts';
