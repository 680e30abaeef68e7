/**
 * Adapters that are not in this machine: the real one, but for what it says of itself.
 *
 * @module
 */

/** The same object, but for some members. */
export function changed<T extends object>(target: T, members: Record<string, unknown>): T {
  return new Proxy(target, {
    get(_, key) {
      if (Object.hasOwn(members, key)) return members[key as string];
      const value = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** What differs from this machine's WebGPU. */
export interface Otherwise {
  /** Of the adapter's information; what is not given is empty. */
  info?: Partial<GPUAdapterInfo>;
  /** Of its limits. */
  limits?: Record<string, number>;
  /** Members of the device that it gives. */
  device?: (device: GPUDevice) => Record<string, unknown>;
  /** The WGSL features that are listed; null: there is no list. */
  language?: string[] | null;
}

/** A WebGPU of such an adapter. Its devices have no more than the limits that are asked for. */
export function webgpuWith({ info, limits, device = () => ({}), language }: Otherwise): GPU {
  const requestAdapter = async () => {
    const adapter = (await navigator.gpu.requestAdapter())!;
    const requestDevice = async (descriptor: GPUDeviceDescriptor) => {
      const real = await adapter.requestDevice(descriptor);
      return changed(real, device(real));
    };
    const empty = { vendor: "", architecture: "", device: "", description: "" };
    return changed(adapter, {
      requestDevice,
      limits: changed(adapter.limits, limits ?? {}),
      ...info && { info: { ...empty, isFallbackAdapter: false, ...info } },
    });
  };
  const listed = language === null ? undefined : language && new Set(language);
  return changed(navigator.gpu, {
    requestAdapter,
    ...language !== undefined && { wgslLanguageFeatures: listed },
  });
}

/** What WebGPU promises of every adapter, as far as it matters here. */
export const DEFAULT_LIMITS: Record<string, number> = {
  maxTextureDimension2D: 8192,
  maxStorageBufferBindingSize: 2 ** 27,
  maxBufferSize: 2 ** 28,
  maxStorageTexturesPerShaderStage: 4,
  maxStorageBuffersPerShaderStage: 8,
  maxComputeWorkgroupStorageSize: 16_384,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupsPerDimension: 65_535,
};
