/** The variable that makes the engine start without its compilers (bin/frugal-engine.ts). */
export const engineSwitch = "useJIT";

/** Set by bin/frugal-engine.ts for the program that it starts: minutes, as `Date.getTimezoneOffset` returns them. */
export const zoneOffset = "kubeadmZoneOffset";
