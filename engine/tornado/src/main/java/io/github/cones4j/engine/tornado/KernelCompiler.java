package io.github.cones4j.engine.tornado;

import io.github.cones4j.engine.tornado.KernelValues.Value;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.enums.MMAShape;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Compiles kernels whose sizes are parameters, from text to the byte code that {@code javac -g} would make of the same text with
 * the sizes put in. The text is the body of a {@link Kernel} in Java: the context {@code c}, the memory {@code m}, the numbers
 * {@code p}, locals of primitive types, arrays in local memory, fragments of tensor cores, methods of {@link Math},
 * {@link DeviceMath} and {@link DeviceMemory} by their simple names. Three things are added:
 *
 * <ul>
 *   <li>Constants by name: the sizes. What is constant is computed at once; adding 0 or multiplying by 1 leaves nothing behind.
 *   <li>{@code unroll (i < N, j < M) statement}: the statement for each i and j, which are constants in it. With constants for
 *       indices, {@code sum[i][j]} is a local variable of its own, {@code sum00} and so on: TornadoVM keeps locals in registers,
 *       an array in memory. What an unrolled block declares lives on after it.
 *   <li>{@code define name(a, b) { statements }} and {@code define name(a, b) = expression;}: put in place of each
 *       {@code name(x, y)} below, with the expressions x and y for a and b. The argument for registers is their name alone.
 * </ul>
 *
 * <p>{@code (FloatArray) array} is an array in local memory for a method that asks for a {@link FloatArray}: TornadoVM looks at no
 * class on the device. There its elements lie behind a header.
 *
 * <p>A compiler of one pass: a statement is written as soon as it is read, one that is repeated is read again.
 */
final class KernelCompiler {
    /** Operators from the loosest to the tightest. */
    private static final List<List<String>> OPERATORS = List.of(
            List.of("&&"),
            List.of("|"),
            List.of("^"),
            List.of("&"),
            List.of("==", "!="),
            List.of("<", "<=", ">", ">="),
            List.of("<<"),
            List.of("+", "-"),
            List.of("*", "/", "%"));

    private static final Map<String, Class<?>> TYPES = Map.of(
            "int", int.class,
            "float", float.class,
            "boolean", boolean.class,
            "int[]", int[].class,
            "float[]", float[].class,
            "HalfFloat[]", HalfFloat[].class);

    /** What was defined: its parameters, and where its text begins. */
    private record Macro(List<String> parameters, int body) {}

    private final CodeBuilder code;
    private final KernelWords words;
    private final KernelValues values;
    private final Map<String, Macro> macros = new HashMap<>();
    private Map<String, Value> names = new HashMap<>();
    private Map<String, String> registers = new HashMap<>(); // what stands for the names of other registers
    private Label end; // of the innermost block
    private int locals;

    private KernelCompiler(CodeBuilder code, String text, Map<String, Integer> constants, boolean ofHalves) {
        this.code = code;
        words = new KernelWords(text);
        values = new KernelValues(code);
        end = code.newLabel();
        constants.forEach((name, value) -> names.put(name, values.constant(value)));
        names.put("NEGATIVE_INFINITY", values.constant(Float.NEGATIVE_INFINITY));
        names.put("M16N8K16", values.constant(MMAShape.M16N8K16));
        Label begin = code.newBoundLabel();
        declare("c", KernelContext.class, begin);
        declare("m", FloatArray.class, begin);
        if (ofHalves) {
            declare("h", HalfFloatArray.class, begin);
        }
        declare("p", IntArray.class, begin);
    }

    /** A kernel of that name. */
    static Kernel compile(String name, String text, Map<String, Integer> constants) {
        return GeneratedKernel.of(name, code -> new KernelCompiler(code, text, constants, false).compile(name));
    }

    /** The same with the memory of 16 bits, {@code h}. */
    static Code.OfHalves compileOfHalves(String name, String text, Map<String, Integer> constants) {
        return GeneratedKernel.ofHalves(name, code -> new KernelCompiler(code, text, constants, true).compile(name));
    }

    private void compile(String name) {
        try {
            while (!words.isAtEnd()) {
                statement();
            }
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + ", line " + words.line() + ": " + e.getMessage(), e);
        }
        code.return_().labelBinding(end);
    }

    private void statement() {
        Macro macro = macros.get(words.peek());
        if (words.accept("{")) {
            block(this::statements);
        } else if (words.accept("if")) {
            conditional();
        } else if (words.accept("for")) {
            block(this::loop);
        } else if (words.accept("unroll")) {
            words.expect("(");
            unroll();
        } else if (words.accept("define")) {
            define();
        } else if (TYPES.containsKey(words.peek()) || TYPES.containsKey(words.peek() + "[]")) {
            declaration();
        } else if (macro != null) {
            words.next();
            expand(macro, this::statement);
            words.expect(";");
        } else {
            assignment();
            words.expect(";");
        }
    }

    /** What is left up to the brace. */
    private void statements() {
        while (!words.accept("}")) {
            statement();
        }
    }

    /** Statements with variables of their own. */
    private void block(Runnable statements) {
        Map<String, Value> outerNames = names;
        Label outerEnd = end;
        int outerLocals = locals;
        names = new HashMap<>(names);
        end = code.newLabel();
        statements.run();
        code.labelBinding(end);
        names = outerNames;
        end = outerEnd;
        locals = outerLocals;
    }

    /** if (condition) statement [else statement]. */
    private void conditional() {
        words.expect("(");
        Value condition = expression();
        words.expect(")");
        Label otherwise = code.newLabel();
        condition.unless().accept(otherwise);
        statement();
        if (words.accept("else")) {
            Label done = code.newLabel();
            code.goto_(done).labelBinding(otherwise);
            statement();
            code.labelBinding(done);
        } else {
            code.labelBinding(otherwise);
        }
    }

    /** for (declaration condition; update) statement. */
    private void loop() {
        words.expect("(");
        declaration();
        Label again = code.newBoundLabel();
        Label done = code.newLabel();
        expression().unless().accept(done);
        words.expect(";");
        int update = words.place();
        words.skip("(", ")");
        statement();
        int after = words.place();
        words.goTo(update);
        assignment();
        words.goTo(after);
        code.goto_(again).labelBinding(done);
    }

    /** index < count, ...) statement. */
    private void unroll() {
        String index = words.next();
        words.expect("<");
        int count = expression().number();
        if (count < 0) {
            throw new IllegalArgumentException("unrolled " + count + " times");
        }
        if (count == 0) {
            words.skip("(", ")");
            if (words.accept("{")) {
                words.skip("{", "}");
            } else {
                words.skip("", ";");
            }
        }
        int body = words.place();
        for (int i = 0; i < count; i++) {
            bind(index, values.constant(i));
            words.goTo(body);
            if (words.accept(",")) {
                unroll();
            } else {
                words.expect(")");
                if (words.accept("{")) {
                    statements();
                } else {
                    statement();
                }
            }
            names.remove(index);
        }
    }

    /** define name(parameters) { statements } or define name(parameters) = expression;. */
    private void define() {
        String name = words.next();
        List<String> parameters = new ArrayList<>();
        words.expect("(");
        while (!words.accept(")")) {
            parameters.add(words.next());
            words.accept(",");
        }
        boolean isExpression = words.accept("=");
        macros.put(name, new Macro(parameters, words.place()));
        if (isExpression) {
            words.skip("", ";");
        } else {
            words.expect("{");
            words.skip("{", "}");
        }
    }

    /** Reads what was defined, with the arguments for its parameters. */
    private void expand(Macro macro, Runnable read) {
        Map<String, Value> outerNames = names;
        Map<String, String> outerRegisters = registers;
        Map<String, Value> innerNames = new HashMap<>(names);
        Map<String, String> innerRegisters = new HashMap<>(registers);
        words.expect("(");
        for (String parameter : macro.parameters) {
            int argument = words.place();
            String name = words.next();
            boolean isAlone = words.peek().equals(",") || words.peek().equals(")");
            if (isAlone && Character.isLetter(name.charAt(0)) && !names.containsKey(name)) {
                innerNames.remove(parameter);
                innerRegisters.put(parameter, registers.getOrDefault(name, name));
            } else {
                words.goTo(argument);
                innerNames.put(parameter, expression());
            }
            words.accept(",");
        }
        words.expect(")");
        int after = words.place();
        names = innerNames;
        registers = innerRegisters;
        words.goTo(macro.body);
        read.run();
        words.goTo(after);
        names = outerNames;
        registers = outerRegisters;
    }

    /** type name = expression;. */
    private void declaration() {
        String word = words.next();
        if (words.accept("[")) {
            words.expect("]");
            word += "[]";
        }
        Class<?> type = TYPES.get(word);
        if (type == null) {
            throw new IllegalArgumentException("no type: " + word);
        }
        String name = register(words.next());
        words.expect("=");
        expression().pushAs(type);
        words.expect(";");
        code.storeLocal(TypeKind.from(type), locals);
        declare(name, type, code.newBoundLabel());
    }

    private void declare(String name, Class<?> type, Label begin) {
        code.localVariable(locals, name, GeneratedKernel.desc(type), begin, end);
        bind(name, values.local(type, locals++));
    }

    private void bind(String name, Value value) {
        if (names.put(name, value) != null) {
            throw new IllegalArgumentException("declared twice: " + name);
        }
    }

    /** Of a variable or of an element, or the call of a method. */
    private void assignment() {
        int begin = words.place();
        String name = words.next();
        Value known = names.get(name);
        if (words.peek().equals(".") || words.peek().equals("(")) {
            words.goTo(begin);
            expression().pushAs(void.class);
        } else if (known != null && known.type().isArray()) {
            Class<?> type = known.type().componentType();
            known.push().run();
            index().pushAs(int.class);
            words.expect("=");
            expression().pushAs(type);
            code.arrayStore(TypeKind.from(type));
        } else {
            Value variable = named(register(name));
            String operator = words.next();
            Value value = operator.equals("++") ? values.constant(1) : expression();
            if (value.constant() != null && (operator.equals("++") || operator.equals("+="))) {
                code.iinc(variable.local(), value.constant());
                return;
            }
            if (!operator.equals("=")) {
                value = values.binary(operator.substring(0, 1), variable, value);
            }
            value.pushAs(variable.type());
            code.storeLocal(TypeKind.from(variable.type()), variable.local());
        }
    }

    /** condition ? expression : expression, or without a condition. */
    private Value expression() {
        Value value = operators(0);
        if (!words.accept("?")) {
            return value;
        }
        Value yes = expression();
        words.expect(":");
        return values.choice(value, yes, expression());
    }

    /** Operands with operators of that level and of tighter ones. */
    private Value operators(int level) {
        if (level == OPERATORS.size()) {
            return operand();
        }
        Value value = operators(level + 1);
        while (OPERATORS.get(level).contains(words.peek())) {
            value = values.binary(words.next(), value, operators(level + 1));
        }
        return value;
    }

    private Value operand() {
        String word = words.next();
        if (word.equals("(") && words.accept("FloatArray")) {
            words.expect(")");
            return values.cast(operand(), FloatArray.class);
        }
        if (word.equals("(")) {
            Value inner = expression();
            words.expect(")");
            return inner;
        }
        if (Character.isDigit(word.charAt(0))) {
            return word.endsWith("f")
                    ? values.constant(Float.parseFloat(word))
                    : values.constant(Integer.parseInt(word));
        }
        Macro macro = macros.get(word);
        if (macro != null) {
            List<Value> result = new ArrayList<>();
            expand(macro, () -> result.add(expression()));
            return result.getFirst();
        }
        if (words.peek().equals("(")) {
            return values.call(null, word, arguments());
        }
        Value known = names.get(word);
        if (known != null && words.accept(".")) {
            String member = words.next();
            return words.peek().equals("(")
                    ? values.call(known, member, arguments())
                    : values.coordinate(known, member);
        }
        if (known != null && known.type().isArray() && words.peek().equals("[")) {
            return values.element(known, index());
        }
        return named(register(word));
    }

    private List<Value> arguments() {
        List<Value> arguments = new ArrayList<>();
        words.expect("(");
        while (!words.accept(")")) {
            arguments.add(expression());
            words.accept(",");
        }
        return arguments;
    }

    private Value index() {
        words.expect("[");
        Value index = expression();
        words.expect("]");
        return index;
    }

    /** The name of a variable: of a register, with its indices. */
    private String register(String name) {
        if (!words.peek().equals("[")) {
            return name;
        }
        StringBuilder register = new StringBuilder(registers.getOrDefault(name, name));
        while (words.peek().equals("[")) {
            register.append(index().number());
        }
        return register.toString();
    }

    private Value named(String name) {
        Value known = names.get(name);
        if (known == null) {
            throw new IllegalArgumentException("unknown: " + name);
        }
        return known;
    }
}
