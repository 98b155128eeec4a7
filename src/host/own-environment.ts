/** Switches the compilers of the engine off, at its start (bin/frugal-engine.ts). */
export const engineSwitch = "useJIT";

/** What bin/frugal-engine.ts tells the program that it starts: minutes, as `Date.getTimezoneOffset` has them. */
export const zoneOffset = "kubeadmZoneOffset";
