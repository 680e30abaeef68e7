/**
 * Finds the adapter: what it is called, whether it is the one that was asked for, and what it lacks, all
 * before a device is made of it.
 *
 * @module
 */
import { Failure } from "../failure.ts";
import { advise } from "./advice.ts";

/** What a user needs to know about the adapter that does the work. */
export interface AdapterSummary {
  /**
   * The adapter's own description, e.g. "NVIDIA H100" or "llvmpipe (LLVM 15.0.6, 256 bits)"; where a
   * browser hides it, vendor and architecture, e.g. "nvidia ampere".
   */
  name: string;
  /** The vendor, as the driver names it. */
  vendor: string;
  /** True for an adapter that computes on the CPU. */
  software: boolean;
  /** Optional WebGPU features, sorted. */
  features: string[];
  /** The limits that matter here, by WebGPU's names. */
  limits: Record<string, number>;
}

/** Workgroups along an axis of a grid, of any adapter. */
export const MOST_WORKGROUPS = 65_535;

/**
 * What our shaders and tensors need: WebGPU's own defaults, which every adapter should offer. Lower ones are
 * met in browsers' compatibility modes and on OpenGL.
 */
const NEEDED = {
  maxStorageBufferBindingSize: 2 ** 27,
  maxBufferSize: 2 ** 28,
  maxTextureDimension2D: 8192,
  maxStorageTexturesPerShaderStage: 4,
  maxStorageBuffersPerShaderStage: 8,
  maxComputeWorkgroupStorageSize: 16_384,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupsPerDimension: MOST_WORKGROUPS,
};

/** PCI's numbers of vendors, and Vulkan's of Mesa: all that some drivers give. */
const VENDORS: Record<string, string> = {
  "4098": "AMD",
  "4203": "Apple",
  "4318": "NVIDIA",
  "5045": "ARM",
  "20803": "Qualcomm",
  "32902": "Intel",
  "65541": "Mesa",
};

/** What adapters on the CPU call themselves: Mesa's, Chrome's and Windows'. */
const ON_CPU = /llvmpipe|lavapipe|swiftshader|software|\bwarp\b|basic render/i;

/**
 * Finds the default adapter.
 *
 * @param wanted What its name must hold, in any case; default nothing.
 * @throws {Failure} "gpu" where there is none, it is another one, or it offers less than is needed.
 */
export async function findAdapter(
  webgpu: GPU | undefined,
  wanted = "",
): Promise<{ adapter: GPUAdapter; summary: AdapterSummary }> {
  const refuse = (message: string, cause?: unknown) => new Failure("gpu", message, { cause });
  if (!webgpu) throw refuse(`Cannot open a GPU: there is no WebGPU here. ${advise("absent")}`);
  const adapter = await webgpu.requestAdapter({ powerPreference: "high-performance" })
    .catch((cause) => {
      throw refuse(`Cannot open a GPU: ${firstLine(cause.message)}. ${advise("none")}`, cause);
    });
  if (!adapter) throw refuse(`Cannot open a GPU: WebGPU found no adapter. ${advise("none")}`);
  const summary = summarize(adapter), { name } = summary;
  if (!name.toLowerCase().includes(wanted.toLowerCase())) {
    throw refuse(
      `Cannot use ${name}: it is the adapter that WebGPU gives, but its name does not hold ` +
        `"${wanted}", which was asked for; ${advise("other")}`,
    );
  }
  const low = Object.entries(NEEDED).filter(([limit, needed]) => summary.limits[limit] < needed)
    .map(([limit, needed]) => `its ${limit} is ${summary.limits[limit]}, and ${needed} is needed`);
  if (low.length > 0) {
    throw refuse(`Cannot use ${name}: ${low.join("; ")}; ${advise("lacking")}`);
  }
  return { adapter, summary };
}

/** What a driver or a browser says first. */
export const firstLine = (text: string): string => text.trim().split("\n")[0];

/** Reads what a user needs to know. */
function summarize(adapter: MaybeOlder): AdapterSummary {
  const { info, limits } = adapter;
  const { vendor, architecture, device, description } = info;
  const isFallback = info.isFallbackAdapter ?? adapter.isFallbackAdapter ?? false;
  return {
    name: nameOf(info),
    vendor,
    software: isFallback || ON_CPU.test([vendor, architecture, device, description].join(" ")),
    features: [...adapter.features].sort(),
    limits: Object.fromEntries(Object.keys(NEEDED).map((name) => [name, limits[name as Limit]])),
  };
}

type Limit = keyof typeof NEEDED;

/** Browsers before 2025 say in another place whether it computes on the CPU. */
type MaybeOlder = GPUAdapter & { readonly isFallbackAdapter?: boolean };

/** Chrome tells pages vendor and architecture alone; some drivers give numbers, 0 where they know none. */
function nameOf({ description, device, vendor, architecture }: GPUAdapterInfo): string {
  const isNumber = /^(0x[\da-f]+|\d+)$/i.test(device);
  if (description) return description;
  if (device && !isNumber) return device;
  const known = [nameVendor(vendor), architecture, device].filter((word) =>
    !/^(0x)?0*$/.test(word)
  );
  return known.join(" ") || "unnamed adapter";
}

/** A vendor by its name, where it is one of PCI's numbers. */
export const nameVendor = (vendor: string): string => VENDORS[vendor] ?? vendor;
