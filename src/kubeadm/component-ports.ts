// Ports on which components listen. A file of its own, so that a join of a worker does not load Pods of a control plane.

export const kubeletPort = 10250;
export const controllerManagerPort = 10257;
export const schedulerPort = 10259;
export const etcdClientPort = 2379;
export const etcdPeerPort = 2380;
