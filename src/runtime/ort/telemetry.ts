/**
 * The variable without which onnxruntime 1.29 and newer sends what it does to Microsoft, and keeps an identifier of the machine
 * and a database in the user's cache folder. It is read when onnxruntime starts in a process.
 */
export const noTelemetry = "ORT_DISABLE_TELEMETRY";
