namespace TransferLearning.Onnx;

/// <summary>Operators that take numbers one by one.</summary>
internal static class PointwiseOperators
{
    /// <summary>The operators by LibTorch's names.</summary>
    public static IReadOnlyDictionary<string, Action<OperatorCall>> All { get; } = new Dictionary<string, Action<OperatorCall>>
    {
        ["relu"] = Plain("Relu"),
        ["sigmoid"] = Plain("Sigmoid"),
        ["tanh"] = Plain("Tanh"),
        ["exp"] = Plain("Exp"),
        ["log"] = Plain("Log"),
        ["sqrt"] = Plain("Sqrt"),
        ["abs"] = Plain("Abs"),
        ["neg"] = Plain("Neg"),
        ["sin"] = Plain("Sin"),
        ["cos"] = Plain("Cos"),
        ["erf"] = Plain("Erf"),
        ["floor"] = Plain("Floor"),
        ["round"] = Plain("Round"),
        ["reciprocal"] = Plain("Reciprocal"),
        ["logical_not"] = call => call.Give(call.Add("Not", [call.Operand(0, "Bool")])),
        ["rsqrt"] = call => call.Give(call.Add("Reciprocal", [call.Add("Sqrt", [call.Name(0)])])),
        ["square"] = call => call.Give(call.Add("Mul", [call.Name(0), call.Name(0)])),
        ["hardswish"] = Plain("HardSwish"),
        ["hardsigmoid"] = call => call.Give(call.Add("HardSigmoid", [call.Name(0)], ("alpha", 1.0 / 6), ("beta", 0.5))),
        ["relu6"] = call => call.Give(call.Add("Clip", [call.Name(0), Number(call, 0), Number(call, 6)])),
        ["hardtanh"] = call => call.Give(
            call.Add("Clip", [call.Name(0), Number(call, call.Number(1, -1)), Number(call, call.Number(2, 1))])),
        ["silu"] = call => call.Give(call.Add("Mul", [call.Name(0), call.Add("Sigmoid", [call.Name(0)])])),
        ["leaky_relu"] = call => call.Give(call.Add("LeakyRelu", [call.Name(0)], ("alpha", call.Number(1, 0.01)))),
        ["elu"] = call => call.Give(call.Add("Elu", [call.Name(0)], ("alpha", call.Number(1, 1)))),
        ["gelu"] = Gelu,
        ["add"] = call => Sum(call, "Add"),
        ["sub"] = call => Sum(call, "Sub"),
        ["rsub"] = call => call.Give(call.Add("Sub", [Operand(call, 1), Operand(call, 0)])),
        ["mul"] = call => call.Give(call.Output.Type == "Bool"
            ? call.Add("And", [call.Name(0), call.Name(1)])
            : call.Add("Mul", [Operand(call, 0), Operand(call, 1)])),
        ["div"] = Divide,
        ["floor_divide"] = call => call.Give(call.Output.IsWhole ? throw call.Refused("whole numbers are divided")
            : call.Add("Floor", [call.Add("Div", [Operand(call, 0), Operand(call, 1)])])),
        ["pow"] = call => call.Give(call.Add("Pow", [Operand(call, 0), Operand(call, 1)])),
        ["maximum"] = call => call.Give(call.Add("Max", [Operand(call, 0), Operand(call, 1)])),
        ["minimum"] = call => call.Give(call.Add("Min", [Operand(call, 0), Operand(call, 1)])),
        ["clamp"] = call => Clamp(call, 1, 2),
        ["clamp_min"] = call => Clamp(call, 1, int.MaxValue),
        ["clamp_max"] = call => Clamp(call, int.MaxValue, 1),
        ["eq"] = call => Compare(call, "Equal"),
        ["ne"] = call => call.Give(call.Add("Not", [call.Add("Equal", Compared(call))])),
        ["lt"] = call => Compare(call, "Less"),
        ["le"] = call => Compare(call, "LessOrEqual"),
        ["gt"] = call => Compare(call, "Greater"),
        ["ge"] = call => Compare(call, "GreaterOrEqual"),
        ["logical_and"] = call => Logical(call, "And"),
        ["logical_or"] = call => Logical(call, "Or"),
        ["bitwise_and"] = call => Logical(call, "And"),
        ["bitwise_or"] = call => Logical(call, "Or"),
        ["bitwise_not"] = call => call.Give(call.Add("Not", [call.Operand(0, "Bool")])),
        ["where"] = call => call.Give(call.Add("Where", [call.Name(0), Operand(call, 1), Operand(call, 2)])),
        ["masked_fill"] = call => call.Give(call.Add("Where", [call.Name(1), Operand(call, 2), Operand(call, 0)])),
        ["to"] = Convert,
        ["_to_copy"] = Convert,
        ["type_as"] = Convert,
        ["contiguous"] = Convert,
        ["clone"] = Convert,
        ["detach"] = Convert,
        ["alias"] = Convert,
        ["dropout"] = Convert,
        ["feature_dropout"] = Convert,
        ["lift_fresh"] = Convert,
        ["cpu"] = Convert,
    };

    private static Action<OperatorCall> Plain(string type) => call => call.Give(call.Add(type, [Operand(call, 0)]));

    private static string Operand(OperatorCall call, int place) => call.Operand(place, call.Output.Type);

    private static string Number(OperatorCall call, double number) => call.Graph.Scalar(number, call.Type);

    private static void Convert(OperatorCall call) => call.Give(Operand(call, 0));

    // x + alpha y
    private static void Sum(OperatorCall call, string type)
    {
        string second = Operand(call, 1);
        double factor = call.Number(2, 1);
        second = factor == 1 ? second : call.Add("Mul", [second, Number(call, factor)]);
        call.Give(call.Add(type, [Operand(call, 0), second]));
    }

    private static void Divide(OperatorCall call)
    {
        string quotient = call.Add("Div", [Operand(call, 0), Operand(call, 1)]);
        call.Give(call.Text(2) switch
        {
            null => quotient,
            "floor" when !call.Output.IsWhole => call.Add("Floor", [quotient]),
            "trunc" when call.Output.IsWhole => quotient,
            string mode => throw call.Refused($"the rounding '{mode}' of {call.Output.Type}"),
        });
    }

    private static void Clamp(OperatorCall call, int least, int most)
    {
        string result = Operand(call, 0);
        result = call.Has(least) ? call.Add("Max", [result, Operand(call, least)]) : result;
        call.Give(call.Has(most) ? call.Add("Min", [result, Operand(call, most)]) : result);
    }

    private static string[] Compared(OperatorCall call)
    {
        string[] types = [call[0].Type, call[1].Type];
        string type = types.Any(name => name is "Float" or "float" or "Double") ? "Float"
            : types.Any(name => name is "Long" or "int") ? "Long"
            : call[0].Type;
        return [call.Operand(0, type), call.Operand(1, type)];
    }

    private static void Compare(OperatorCall call, string type) => call.Give(call.Add(type, Compared(call)));

    private static void Logical(OperatorCall call, string type)
        => call.Give(call.Output.Type == "Bool"
            ? call.Add(type, [call.Operand(0, "Bool"), call.Operand(1, "Bool")])
            : throw call.Refused("it works on whole numbers"));

    // x Φ(x), by the error function or by tanh (Hendrycks and Gimpel, 2016).
    private static void Gelu(OperatorCall call)
    {
        string x = call.Name(0);
        string inner = call.Text(1) == "tanh"
            ? call.Add("Tanh", [call.Add("Mul", [
                call.Add("Add", [x, call.Add("Mul", [call.Add("Mul", [call.Add("Mul", [x, x]), x]), Number(call, 0.044715)])]),
                Number(call, Math.Sqrt(2 / Math.PI))])])
            : call.Add("Erf", [call.Add("Mul", [x, Number(call, Math.Sqrt(0.5))])]);
        call.Give(call.Add("Mul", [call.Add("Mul", [x, Number(call, 0.5)]), call.Add("Add", [inner, Number(call, 1)])]));
    }
}
