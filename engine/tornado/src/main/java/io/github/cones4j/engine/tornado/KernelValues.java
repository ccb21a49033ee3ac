package io.github.cones4j.engine.tornado;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.OperatorInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.IntBinaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The byte code of a kernel's expressions, see {@link KernelCompiler}: what {@code javac} writes for them. */
final class KernelValues {
    /**
     * An expression.
     *
     * @param type of its value
     * @param constant its value if it is an int known now
     * @param local the number of the local variable that it is, or -1
     * @param push pushes its value
     * @param unless jumps if it is false
     */
    record Value(Class<?> type, @Nullable Integer constant, int local, Runnable push, Consumer<Label> unless) {
        /** Pushes its value if that is of the type. */
        void pushAs(Class<?> wanted) {
            if (type != wanted) {
                throw new IllegalArgumentException(type + " where " + wanted + " is due");
            }
            push.run();
        }

        /** The value of a constant. */
        int number() {
            if (constant == null) {
                throw new IllegalArgumentException("not constant");
            }
            return constant;
        }

        boolean is(int number) {
            return constant != null && constant == number;
        }
    }

    /** An operator on two ints or two floats, and what it makes of two constants. */
    private record Arithmetic(Opcode ints, @Nullable Opcode floats, IntBinaryOperator fold) {}

    /** A comparison: what jumps unless it holds of two ints, or of an int and 0; floats are first compared to -1, 0 or 1. */
    private record Comparison(Opcode ints, Opcode zero, Opcode floats, BiPredicate<Integer, Integer> fold) {}

    private static final Map<String, Arithmetic> ARITHMETIC = Map.of(
            "+", new Arithmetic(Opcode.IADD, Opcode.FADD, Integer::sum),
            "-", new Arithmetic(Opcode.ISUB, Opcode.FSUB, (a, b) -> a - b),
            "*", new Arithmetic(Opcode.IMUL, Opcode.FMUL, (a, b) -> a * b),
            "/", new Arithmetic(Opcode.IDIV, Opcode.FDIV, (a, b) -> a / b),
            "%", new Arithmetic(Opcode.IREM, null, (a, b) -> a % b),
            "<<", new Arithmetic(Opcode.ISHL, null, (a, b) -> a << b),
            "|", new Arithmetic(Opcode.IOR, null, (a, b) -> a | b),
            "^", new Arithmetic(Opcode.IXOR, null, (a, b) -> a ^ b),
            "&", new Arithmetic(Opcode.IAND, null, (a, b) -> a & b));

    private static final Map<String, Comparison> COMPARISONS = Map.of(
            "<", new Comparison(Opcode.IF_ICMPGE, Opcode.IFGE, Opcode.FCMPG, (a, b) -> a < b),
            "<=", new Comparison(Opcode.IF_ICMPGT, Opcode.IFGT, Opcode.FCMPG, (a, b) -> a <= b),
            ">", new Comparison(Opcode.IF_ICMPLE, Opcode.IFLE, Opcode.FCMPL, (a, b) -> a > b),
            ">=", new Comparison(Opcode.IF_ICMPLT, Opcode.IFLT, Opcode.FCMPL, (a, b) -> a >= b),
            "==", new Comparison(Opcode.IF_ICMPNE, Opcode.IFNE, Opcode.FCMPL, Integer::equals),
            "!=", new Comparison(Opcode.IF_ICMPEQ, Opcode.IFEQ, Opcode.FCMPL, (a, b) -> !a.equals(b)));

    private static final List<Class<?>> LIBRARY = List.of(Math.class, DeviceMath.class, DeviceMemory.class);

    private final CodeBuilder code;

    KernelValues(CodeBuilder code) {
        this.code = code;
    }

    Value constant(int number) {
        return new Value(int.class, number, -1, () -> code.loadConstant(number), KernelValues::noCondition);
    }

    Value constant(float number) {
        return value(float.class, () -> code.loadConstant(number));
    }

    Value constant(Enum<?> constant) {
        ClassDesc type = GeneratedKernel.desc(constant.getDeclaringClass());
        return value(constant.getDeclaringClass(), () -> code.getstatic(type, constant.name(), type));
    }

    private static Value value(Class<?> type, Runnable push) {
        return new Value(type, null, -1, push, KernelValues::noCondition);
    }

    private static void noCondition(Label target) {
        throw new IllegalArgumentException("not a condition");
    }

    /** A local variable. */
    Value local(Class<?> type, int number) {
        Runnable push = () -> code.loadLocal(TypeKind.from(type), number);
        Consumer<Label> unless = target -> code.iload(number).ifeq(target);
        return new Value(type, null, number, push, type == boolean.class ? unless : KernelValues::noCondition);
    }

    /** An element of an array in local memory. */
    Value element(Value array, Value index) {
        Class<?> type = array.type.componentType();
        return value(type, () -> {
            array.push.run();
            index.pushAs(int.class);
            code.arrayLoad(TypeKind.from(type));
        });
    }

    /** The same object, taken for one of another class. */
    Value cast(Value object, Class<?> type) {
        return value(type, () -> {
            object.push.run();
            code.checkcast(GeneratedKernel.desc(type));
        });
    }

    /** A field of the context. */
    Value coordinate(Value context, String name) {
        return value(int.class, () -> {
            context.push.run();
            code.getfield(GeneratedKernel.desc(context.type), name, ConstantDescs.CD_Integer)
                    .invokevirtual(ConstantDescs.CD_Integer, "intValue", MethodTypeDesc.of(ConstantDescs.CD_int));
        });
    }

    /** The call of an object's method or of one of the library's. */
    Value call(@Nullable Value object, String name, List<Value> arguments) {
        List<Class<?>> types = arguments.stream().<Class<?>>map(Value::type).toList();
        boolean isStatic = object == null;
        Method method = (object == null ? LIBRARY.stream() : Stream.<Class<?>>of(object.type))
                .flatMap(type -> Stream.of(type.getMethods()))
                .filter(m -> m.getName().equals(name)
                        && List.of(m.getParameterTypes()).equals(types))
                .filter(m -> Modifier.isStatic(m.getModifiers()) == isStatic && !m.isBridge())
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no method " + name + types));
        MethodTypeDesc type = MethodTypeDesc.of(
                GeneratedKernel.desc(method.getReturnType()),
                types.stream().map(GeneratedKernel::desc).toList());
        return value(method.getReturnType(), () -> {
            if (object != null) {
                object.push.run();
            }
            arguments.forEach(argument -> argument.push.run());
            if (object != null) {
                code.invokevirtual(GeneratedKernel.desc(object.type), name, type);
            } else {
                code.invokestatic(GeneratedKernel.desc(method.getDeclaringClass()), name, type);
            }
        });
    }

    /** An operator on two values, computed at once if it can be. */
    Value binary(String operator, Value a, Value b) {
        if (a.type != b.type) {
            throw new IllegalArgumentException(a.type + " " + operator + " " + b.type);
        }
        if (operator.equals("&&")) {
            return condition(a.unless.andThen(b.unless));
        }
        Comparison comparison = COMPARISONS.get(operator);
        if (comparison != null) {
            return comparison(comparison, a, b);
        }
        Arithmetic arithmetic = ARITHMETIC.get(operator);
        if (arithmetic == null) {
            throw new IllegalArgumentException("no operator: " + operator);
        }
        if (a.constant != null && b.constant != null) {
            return constant(arithmetic.fold.applyAsInt(a.constant, b.constant));
        }
        boolean isSum = operator.equals("+");
        boolean isProduct = operator.equals("*");
        if (((isSum || operator.equals("-")) && b.is(0)) || (isProduct && (b.is(1) || a.is(0)))) {
            return a;
        }
        if ((isSum && a.is(0)) || (isProduct && a.is(1))) {
            return b;
        }
        Opcode opcode = a.type == int.class ? arithmetic.ints : arithmetic.floats;
        if (opcode == null) {
            throw new IllegalArgumentException("not of floats: " + operator);
        }
        return value(a.type, () -> {
            a.push.run();
            b.push.run();
            code.with(OperatorInstruction.of(opcode));
        });
    }

    private Value comparison(Comparison comparison, Value a, Value b) {
        if (a.constant != null && b.constant != null) {
            return constant(comparison.fold.test(a.constant, b.constant) ? 1 : 0);
        }
        return condition(target -> {
            a.push.run();
            if (b.is(0)) {
                code.branch(comparison.zero, target);
                return;
            }
            b.push.run();
            if (a.type == int.class) {
                code.branch(comparison.ints, target);
            } else {
                code.with(OperatorInstruction.of(comparison.floats)).branch(comparison.zero, target);
            }
        });
    }

    private Value condition(Consumer<Label> unless) {
        Runnable push = () -> either(unless, code::iconst_1, code::iconst_0);
        return new Value(boolean.class, null, -1, push, unless);
    }

    /** condition ? yes : no. */
    Value choice(Value condition, Value yes, Value no) {
        if (condition.constant != null) {
            return condition.constant != 0 ? yes : no;
        }
        return value(yes.type, () -> either(condition.unless, yes.push, () -> no.pushAs(yes.type)));
    }

    /** Does one thing unless it jumps, else the other. */
    void either(Consumer<Label> unless, Runnable yes, Runnable no) {
        Label otherwise = code.newLabel();
        Label done = code.newLabel();
        unless.accept(otherwise);
        yes.run();
        code.goto_(done).labelBinding(otherwise);
        no.run();
        code.labelBinding(done);
    }
}
