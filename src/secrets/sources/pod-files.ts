/** Where Kubernetes mounts what a pod knows of itself: `token`, `namespace` and `ca.crt`. */
export const podFiles = "/var/run/secrets/kubernetes.io/serviceaccount";
