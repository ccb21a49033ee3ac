package io.github.cones4j.engine.tornado;

import io.github.cones4j.engine.graph.Elementwise;
import io.github.cones4j.engine.graph.Fused;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Makes a kernel for each chain of elementwise functions: Java byte code, which TornadoVM compiles like any other kernel. One
 * thread computes one element of the result, all functions in registers.
 *
 * <p>Numbers of such a kernel: the count of elements; the extents of all axes but the outermost; the start and the strides of
 * the result; the start and the strides of each input. Axes run from the outermost to the innermost in the result's memory;
 * those that all operands see as one count once.
 *
 * <p>A kernel for several chains at once finds its own in the table of a {@link Batch}.
 */
final class ChainCompiler {
    private static final ClassDesc MATH = GeneratedKernel.desc(DeviceMath.class);
    private static final ClassDesc INTEGER = ConstantDescs.CD_Integer;
    private static final MethodTypeDesc GET_INT = MethodTypeDesc.of(ConstantDescs.CD_int, ConstantDescs.CD_int);
    private static final MethodTypeDesc GET_FLOAT = MethodTypeDesc.of(ConstantDescs.CD_float, ConstantDescs.CD_int);
    private static final MethodTypeDesc SET_FLOAT =
            MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_int, ConstantDescs.CD_float);

    /** What decides the code. */
    private record Key(List<Fused.Link> links, int inputs, int axes, boolean batched) {}

    private final Map<Key, Kernel> known = new ConcurrentHashMap<>();

    /** The kernel of a chain over operands of so many axes. */
    Kernel kernel(List<Fused.Link> links, int inputs, int axes) {
        return known.computeIfAbsent(new Key(links, inputs, axes, false), ChainCompiler::load);
    }

    /** The kernel of several equal chains over operands of one axis. */
    Kernel batched(List<Fused.Link> links, int inputs) {
        return known.computeIfAbsent(new Key(links, inputs, 1, true), ChainCompiler::load);
    }

    private static Kernel load(Key key) {
        return GeneratedKernel.of("chain", body -> new Body(body, key).write());
    }

    /** Writes the code of one chain. */
    private static final class Body {
        private static final int CONTEXT_SLOT = 0;
        private static final int MEMORY_SLOT = 1;
        private static final int NUMBERS_SLOT = 2;
        private static final int THREAD_SLOT = 3;
        private static final int BASE_SLOT = 4; // where the chain's numbers begin

        private final CodeBuilder code;
        private final List<Fused.Link> links;
        private final int inputs;
        private final int axes;
        private final boolean batched;
        private final int coordinates; // first local of the coordinates, the outermost axis first
        private final int values; // first local of the inputs, then of the links
        private final int[] firsts; // for each of these the first that is computed alike
        private int next; // the number to be read next

        Body(CodeBuilder code, Key key) {
            this.code = code;
            this.links = key.links();
            this.inputs = key.inputs();
            this.axes = key.axes();
            this.batched = key.batched();
            coordinates = BASE_SLOT + 1;
            values = coordinates + axes + 1;
            firsts = firsts();
        }

        private int[] firsts() {
            int[] firsts = IntStream.range(0, inputs + links.size()).toArray();
            Map<Fused.Link, Integer> seen = new HashMap<>();
            for (int i = 0; i < links.size(); i++) {
                Stream<Integer> operands = links.get(i).operands().stream().map(operand -> firsts[operand]);
                Elementwise op = links.get(i).op();
                Fused.Link alike = switch (op) {
                    case Elementwise.Square() -> {
                        int factor = operands.findFirst().orElseThrow();
                        yield new Fused.Link(new Elementwise.Mul(), List.of(factor, factor));
                    }
                    case Elementwise.Mul(), Elementwise.Add() ->
                        new Fused.Link(op, operands.sorted().toList());
                    default -> new Fused.Link(op, operands.toList());
                };
                Integer first = seen.putIfAbsent(alike, inputs + i);
                firsts[inputs + i] = first == null ? inputs + i : first;
            }
            return firsts;
        }

        void write() {
            Label begin = code.newBoundLabel();
            Label end = code.newLabel();
            // the tables that TornadoVM asks of a method compiled with -g
            code.localVariable(CONTEXT_SLOT, "c", GeneratedKernel.CONTEXT, begin, end)
                    .localVariable(MEMORY_SLOT, "m", GeneratedKernel.FLOATS, begin, end)
                    .localVariable(NUMBERS_SLOT, "p", GeneratedKernel.INTS, begin, end);
            if (batched) {
                findChain();
            } else {
                context("globalIdx");
                code.istore(THREAD_SLOT);
            }
            Label done = code.newLabel();
            code.iload(THREAD_SLOT);
            number(0);
            code.if_icmpge(done);
            coordinates();
            next = axes; // the count and axes - 1 extents
            int out = coordinates + axes; // the local that holds the place of the result
            place();
            code.istore(out);
            for (int i = 0; i < inputs; i++) {
                code.aload(MEMORY_SLOT);
                place();
                code.invokevirtual(GeneratedKernel.FLOATS, "get", GET_FLOAT).fstore(values + i);
            }
            for (int i = 0; i < links.size(); i++) {
                function(links.get(i));
                code.fstore(values + inputs + i);
            }
            code.aload(MEMORY_SLOT)
                    .iload(out)
                    .fload(values + inputs + links.size() - 1)
                    .invokevirtual(GeneratedKernel.FLOATS, "set", SET_FLOAT);
            code.labelBinding(done).return_().labelBinding(end);
        }

        /** base = p[1 + 3 groupIdx]; thread = p[2 + 3 groupIdx] * localGroupSizeX + localIdx. */
        private void findChain() {
            table(1);
            code.istore(BASE_SLOT);
            table(2);
            context("localGroupSizeX");
            code.imul();
            context("localIdx");
            code.iadd().istore(THREAD_SLOT);
        }

        /** Pushes a column of the group's row. */
        private void table(int column) {
            code.aload(NUMBERS_SLOT).iconst_3();
            context("groupIdx");
            code.imul().loadConstant(column).iadd().invokevirtual(GeneratedKernel.INTS, "get", GET_INT);
        }

        /** Pushes one of the thread's coordinates or extents. */
        private void context(String field) {
            code.aload(CONTEXT_SLOT)
                    .getfield(GeneratedKernel.CONTEXT, field, INTEGER)
                    .invokevirtual(INTEGER, "intValue", MethodTypeDesc.of(ConstantDescs.CD_int));
        }

        /** Pushes a number. */
        private void number(int index) {
            code.aload(NUMBERS_SLOT);
            if (batched) {
                code.iload(BASE_SLOT).loadConstant(index).iadd();
            } else {
                code.loadConstant(index);
            }
            code.invokevirtual(GeneratedKernel.INTS, "get", GET_INT);
        }

        /** The thread's coordinates: of the innermost axis first. */
        private void coordinates() {
            int rest = coordinates; // ends as the outermost coordinate
            code.iload(THREAD_SLOT).istore(rest);
            for (int axis = axes - 1; axis > 0; axis--) {
                code.iload(rest);
                number(axis);
                code.irem().istore(coordinates + axis);
                code.iload(rest);
                number(axis);
                code.idiv().istore(rest);
            }
        }

        /** Pushes the place of the thread's element of the next operand. */
        private void place() {
            number(next++);
            for (int axis = 0; axis < axes; axis++) {
                code.iload(coordinates + axis);
                number(next++);
                code.imul().iadd();
            }
        }

        /** Pushes the value of a function. */
        private void function(Fused.Link link) {
            List<Integer> operands =
                    link.operands().stream().map(operand -> firsts[operand]).toList();
            operands.forEach(operand -> code.fload(values + operand));
            switch (link.op()) {
                case Elementwise.Affine(double scale, double shift) ->
                    code.loadConstant((float) scale)
                            .fmul()
                            .loadConstant((float) shift)
                            .fadd();
                case Elementwise.Square() ->
                    code.fload(values + operands.getFirst()).fmul();
                case Elementwise.Add() -> {
                    if (operands.getFirst().equals(operands.getLast())) {
                        code.pop().fconst_2().fmul(); // TornadoVM 5.2.0 fails on a product added to itself
                    } else {
                        code.fadd();
                    }
                }
                case Elementwise.Sub() -> code.fsub();
                case Elementwise.Mul() -> code.fmul();
                case Elementwise.Div() -> call("divide", 2);
                case Elementwise.Abs() -> call("abs", 1);
                case Elementwise.Sqrt() -> call("sqrt", 1);
                case Elementwise.Exp() -> call("exp", 1);
                case Elementwise.Log() -> call("log", 1);
                case Elementwise.Sin() -> call("sin", 1);
                case Elementwise.Cos() -> call("cos", 1);
                case Elementwise.Tanh() -> call("tanh", 1);
                case Elementwise.Sigmoid() -> call("sigmoid", 1);
                case Elementwise.Silu() -> call("silu", 1);
                case Elementwise.Gelu() -> call("gelu", 1);
                case Elementwise.QuickGelu() -> call("quickGelu", 1);
                case Elementwise.Erf() -> call("erf", 1);
                case Elementwise.Maximum() -> call("maximum", 2);
                case Elementwise.Minimum() -> call("minimum", 2);
                case Elementwise.Greater() -> call("greater", 2);
                case Elementwise.Equal() -> call("equal", 2);
                case Elementwise.Where() -> call("where", 3);
            }
        }

        private void call(String name, int arguments) {
            ClassDesc[] types = new ClassDesc[arguments];
            java.util.Arrays.fill(types, ConstantDescs.CD_float);
            code.invokestatic(MATH, name, MethodTypeDesc.of(ConstantDescs.CD_float, types));
        }
    }
}
