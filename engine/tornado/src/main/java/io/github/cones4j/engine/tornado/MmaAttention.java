package io.github.cones4j.engine.tornado;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/**
 * Attention without causal mask on the tensor cores of NVIDIA's GPUs, formulas and first numbers as in {@link AttentionKernels}:
 * queries, keys, values and the softmax's weights are rounded to float16 on their way into local memory, products are added in
 * float32. A group of 4 warps goes through the keys for a block of 64 queries, 64 keys at a time, each warp for 16 queries:
 *
 * <pre>
 * s = scale q k^T                    on tensor cores, 8 fragments of 16 x 8 per warp
 * fade = exp(top before - top)       top: the largest score so far of a query, as in {@link AttentionTiles}
 * w = exp(s - top)
 * y = y fade + w [v 1]               the product on tensor cores; its column D adds up the weights
 * </pre>
 *
 * and y divided by that column is the result: what the weights were rounded to has the sum 1. The scores are never in the device's
 * memory.
 *
 * <p>What is in a fragment can only be stored, and only into a FloatArray. Here that is an array in local memory, cast: what is
 * stored lies a header further, {@link #HEADER} floats. From there a thread takes the scores of 4 queries, every 8th of 64 keys,
 * and the same of the product with the values, which it adds up in registers.
 *
 * <p>Two neighbours of a fragment share an int: two columns of a head for q, two keys for k; for the weights and the values keys i
 * and i + 32 of a block, so that a thread has both weights. Rows take 4 ints more than a multiple of 8, so that the 8 rows that a
 * warp reads at once lie in different banks. The loads of fragments add, for each thread of a warp, a place within rows without gaps
 * to the offset that they are given: the offsets here take that place back. One local array holds the queries at first, then in turn
 * the keys of a block and the weights.
 *
 * <p>The kernels' text is for {@link KernelCompiler}: D is a head's width, a multiple of 8; DEPTH the same up to a multiple of 16,
 * in PADS more 8s of 0; COLUMNS is D + 8; from row to row it is Q_PITCH ints for q, 36 for k and the weights, V_PITCH for v, and
 * PITCH floats for what was stored.
 */
final class MmaAttention {
    /** Queries of a group. */
    static final int QUERIES = 64;

    /** Threads of a group. */
    static final int GROUP = 128;

    /** The widest head whose arrays fit into 48 KiB. */
    private static final int MAX_WIDTH = 80;

    /** Floats between the start of an array and what a fragment is stored into, as if it were a FloatArray. */
    private static final int HEADER = (int) (TornadoNativeArray.ARRAY_HEADER / Float.BYTES);

    private static final String FORWARD = """
            int[] tile = c.allocateIntLocalArray(TILE);
            int[] valueTile = c.allocateIntLocalArray(64 * V_PITCH);
            float[] stage = c.allocateFloatLocalArray(HEADER + 64 * PITCH);
            float[] found = c.allocateFloatLocalArray(64 * 9);
            int l = c.localIdx;
            int lane = l % 32;
            int warp = l / 32;
            int tq = p.get(0);
            int tk = p.get(1);
            int heads = p.get(2);
            int width = heads * D;
            int sample = c.groupIdy / heads;
            int offset = (c.groupIdy - sample * heads) * D;
            float scale = m.get(p.get(4));
            int q = p.get(6) + sample * tq * width + offset;
            int k = p.get(7) + sample * tk * width + offset;
            int v = p.get(8) + sample * tk * width + offset;
            int y = p.get(9) + sample * tq * width + offset;
            int query0 = c.groupIdx * 64;

            // queries: thread 4 i + j has columns 2 j and 2 j + 1 of every 8 of query i and of i + 32
            int pair = l % 4;
            int line = l / 4;
            unroll (i < 2) {
                int queryAt[i] = q + min(query0 + line + 32 * i, tq - 1) * width + 2 * pair;
                int queryPlace[i] = (line + 32 * i) * Q_PITCH + pair;
                unroll (j < D / 8)
                    tile[queryPlace[i] + 4 * j] = pack(m.get(queryAt[i] + 8 * j) * scale, m.get(queryAt[i] + 8 * j + 1) * scale);
                unroll (j < PADS) tile[queryPlace[i] + D / 2] = 0;
            }
            // the values' further columns: 1 and 7 times 0
            unroll (i < 2) valueTile[(line + 32 * i) * V_PITCH + D / 2 + pair] = pair == 0 ? ONE : 0;
            c.localBarrier();
            int row16 = lane % 16;
            int queryRead = warp * (64 * Q_PITCH) + row16 * (4 * Q_PITCH - 32);
            unroll (i < DEPTH / 16) HalfFloat[] left[i] = c.mmaLoadA(tile, 16, queryRead + 32 * i);

            // keys: thread 8 i + j has column j of every 8 of keys 2 i, 2 i + 1, 2 i + 32 and 2 i + 33; values as queries
            int deep = l % 8;
            int two = l / 8;
            int keyPlace = deep * 36 + two;
            int valuePlace = 2 * line * V_PITCH + pair;
            int keyRead = row16 * (4 * 36 - 16);
            int weightRead = warp * (64 * 36) + row16 * (4 * 36 - 32);
            int valueRead = row16 * (4 * V_PITCH - 16);
            int row0 = warp * 16 + lane / 8;
            int eighth = lane % 8;
            int stagePlace = HEADER + row0 * PITCH + eighth;
            int foundPlace = row0 * 9;
            int weightPlace = row0 * 36 + eighth;

            unroll (r < 4) float top[r] = NEGATIVE_INFINITY;
            unroll (r < 4, j < COLUMNS / 8) float sum[r][j] = 0f;
            for (int key0 = 0; key0 < tk; key0 += 64) {
                unroll (i < 2) {
                    unroll (j < 2) int keyAt[i][j] = k + min(key0 + 2 * two + 32 * i + j, tk - 1) * width + deep;
                    unroll (j < 2, n < D / 8) float keys[i][j][n] = m.get(keyAt[i][j] + 8 * n);
                    int valueAt[i] = v + min(key0 + line + 32 * i, tk - 1) * width + 2 * pair;
                    unroll (n < D / 8, j < 2) float values[i][j][n] = m.get(valueAt[i] + 8 * n + j);
                }
                c.localBarrier();
                unroll (i < 2) {
                    unroll (n < D / 8) tile[keyPlace + 16 * i + 8 * 36 * n] = pack(keys[i][0][n], keys[i][1][n]);
                    unroll (j < PADS) tile[keyPlace + 16 * i + D * 36] = 0;
                    unroll (n < D / 8) valueTile[valuePlace + i * V_PITCH + 4 * n] = pack(values[i][0][n], values[i][1][n]);
                }
                c.localBarrier();

                unroll (j < 8) float[] score[j] = c.mmaFragment(0f);
                unroll (i < DEPTH / 16, j < 8) {
                    HalfFloat[] key[i][j] = c.mmaLoadB(tile, 16, keyRead + (16 * 4 * 36 * i + 16 * j));
                    score[j] = c.mma(left[i], key[i][j], score[j], M16N8K16);
                }
                unroll (j < 8) c.mmaStore(score[j], (FloatArray) stage, warp * 16, 8 * j, PITCH);
                c.localBarrier();

                unroll (r < 4, j < 8) float s[r][j] = stage[stagePlace + 4 * r * PITCH + 8 * j];
                if (key0 + 64 > tk) {
                    unroll (j < 8) boolean seen[j] = key0 + eighth + 8 * j < tk;
                    unroll (r < 4, j < 8) s[r][j] = seen[j] ? s[r][j] : NEGATIVE_INFINITY;
                }
                unroll (r < 4) found[foundPlace + 4 * 9 * r + eighth] =
                        max(max(max(s[r][0], s[r][1]), max(s[r][2], s[r][3])),
                                max(max(s[r][4], s[r][5]), max(s[r][6], s[r][7])));
                c.localBarrier();
                unroll (r < 4) {
                    float largest[r] = top[r];
                    unroll (i < 8) largest[r] = max(largest[r], found[foundPlace + 4 * 9 * r + i]);
                    float fade[r] = exp(top[r] - largest[r]);
                    top[r] = largest[r];
                    unroll (j < 8) s[r][j] = exp(s[r][j] - top[r]);
                    unroll (j < 4) tile[weightPlace + 4 * 36 * r + 8 * j] = pack(s[r][j], s[r][j + 4]);
                }
                c.localBarrier();

                unroll (j < COLUMNS / 8) float[] part[j] = c.mmaFragment(0f);
                unroll (i < 4) {
                    HalfFloat[] weight[i] = c.mmaLoadA(tile, 16, weightRead + 32 * i);
                    unroll (j < COLUMNS / 8) {
                        HalfFloat[] value[i][j] = c.mmaLoadB(valueTile, 16, valueRead + (16 * 4 * V_PITCH * i + 16 * j));
                        part[j] = c.mma(weight[i], value[i][j], part[j], M16N8K16);
                    }
                }
                unroll (j < COLUMNS / 8) c.mmaStore(part[j], (FloatArray) stage, warp * 16, 8 * j, PITCH);
                c.localBarrier();
                unroll (r < 4, j < COLUMNS / 8)
                    sum[r][j] = sum[r][j] * fade[r] + stage[stagePlace + 4 * r * PITCH + 8 * j];
            }

            if (eighth == 0) {
                unroll (r < 4) found[foundPlace + 4 * 9 * r] = 1f / sum[r][D / 8];
            }
            c.localBarrier();
            unroll (r < 4) {
                int at[r] = query0 + row0 + 4 * r;
                float factor[r] = found[foundPlace + 4 * 9 * r];
                if (at[r] < tq) {
                    unroll (j < D / 8) m.set(y + at[r] * width + eighth + 8 * j, sum[r][j] * factor[r]);
                }
            }
            """;

    private static final Map<Integer, Kernel> KERNELS = new ConcurrentHashMap<>();

    private MmaAttention() {}

    /** Whether there is a kernel for heads so wide. */
    static boolean suits(int d) {
        return d % 8 == 0 && d <= MAX_WIDTH;
    }

    /** y = softmax(scale * q k^T) v of 64 queries. Further number: start of y. Grid: blocks of queries by b * heads. */
    static Kernel forward(int d) {
        return KERNELS.computeIfAbsent(d, MmaAttention::compile);
    }

    private static Kernel compile(int d) {
        int depth = Math.ceilDiv(d, 16) * 16;
        int queryPitch = pitch(depth / 2);
        return KernelCompiler.compile(
                "mmaAttention" + d,
                FORWARD,
                Map.ofEntries(
                        Map.entry("D", d),
                        Map.entry("DEPTH", depth),
                        Map.entry("PADS", (depth - d) / 8),
                        Map.entry("COLUMNS", d + 8),
                        Map.entry("Q_PITCH", queryPitch),
                        Map.entry("V_PITCH", pitch(d / 2 + 4)),
                        Map.entry("PITCH", Math.ceilDiv(Math.max(d + 8, 64) - 8, 16) * 16 + 8),
                        Map.entry("TILE", Math.max(Math.max(depth, 64) * 36, 64 * queryPitch)),
                        Map.entry("HEADER", HEADER),
                        Map.entry("ONE", 0x3c00))); // in float16
    }

    /** The least number of ints from row to row, 4 more than a multiple of 8, for rows of so many. */
    private static int pitch(int ints) {
        return Math.ceilDiv(ints - 4, 8) * 8 + 4;
    }
}
