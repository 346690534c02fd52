using System.Reflection;
using System.Reflection.Emit;

namespace TransferLearning.Tests;

/// <summary>
/// Which types use which, read from the compiled library: signatures, base types, attributes' arguments, locals and instructions. What the
/// compiler makes counts as the outermost type it was made for. Constants and names in comments leave no trace, so they are not seen.
/// </summary>
internal static class TypeUse
{
    private const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static
        | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> OpCodesByValue = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value);

    /// <summary>For each outermost type of an assembly the outermost types of the same assembly that it uses, itself left out.</summary>
    public static IReadOnlyDictionary<Type, IReadOnlySet<Type>> Of(Assembly assembly)
    {
        Dictionary<Type, HashSet<Type>> uses = [];
        foreach (Type type in assembly.GetTypes())
        {
            Type owner = Outermost(type);
            uses.TryAdd(owner, []);
            foreach (Type used in Used(type).SelectMany(Parts).Where(used => used.Assembly == assembly).Select(Outermost))
            {
                if (used != owner)
                {
                    uses[owner].Add(used);
                }
            }
        }

        return uses.ToDictionary(pair => pair.Key, pair => (IReadOnlySet<Type>)pair.Value);
    }

    /// <summary>A type's name without the number of its parameters, as its file is called.</summary>
    public static string NameOf(Type type) => type.Name.Split('`')[0];

    private static IEnumerable<Type> Used(Type type)
    {
        IEnumerable<Type> declared = type.GetInterfaces().Concat(type.BaseType is { } parent ? [parent] : []);
        IEnumerable<Type> fields = type.GetFields(All).Select(field => field.FieldType);
        IEnumerable<Type> methods = type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All)).SelectMany(Used);
        return declared.Concat(fields).Concat(methods);
    }

    private static List<Type> Used(MethodBase method)
    {
        List<Type> found = [.. method.GetParameters().Select(parameter => parameter.ParameterType)];
        if (method is MethodInfo { ReturnType: { } result })
        {
            found.Add(result);
        }

        if (method.GetMethodBody() is not { } body)
        {
            return found;
        }

        found.AddRange(body.LocalVariables.Select(local => local.LocalType));
        found.AddRange(
            body.ExceptionHandlingClauses.Where(
                clause => clause.Flags == ExceptionHandlingClauseOptions.Clause).Select(clause => clause.CatchType!));
        Type[] typeArguments = method.DeclaringType?.GetGenericArguments() ?? [];
        Type[] methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : [];
        foreach (int token in Tokens(body.GetILAsByteArray() ?? []))
        {
            MemberInfo member = method.Module.ResolveMember(token, typeArguments, methodArguments)!;
            found.AddRange(member switch
            {
                Type type => [type],
                FieldInfo field => [field.DeclaringType!, field.FieldType],
                MethodInfo called =>
                [
                    called.DeclaringType!,
                    called.ReturnType,
                    .. called.IsGenericMethod ? called.GetGenericArguments() : [],
                ],
                _ => [member.DeclaringType!],
            });
        }

        return found;
    }

    private static IEnumerable<int> Tokens(byte[] code)
    {
        int at = 0;
        while (at < code.Length)
        {
            short value = code[at++];
            if (value == 0xFE)
            {
                value = unchecked((short)(0xFE00 | code[at++]));
            }

            OpCode operation = OpCodesByValue[value];
            switch (operation.OperandType)
            {
                case OperandType.InlineNone:
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    at++;
                    break;
                case OperandType.InlineVar:
                    at += 2;
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    at += 8;
                    break;
                case OperandType.InlineSwitch:
                    at += 4 + (4 * BitConverter.ToInt32(code, at));
                    break;
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType:
                    yield return BitConverter.ToInt32(code, at);
                    at += 4;
                    break;
                default: // strings, signatures, branches, whole numbers and single floats
                    at += 4;
                    break;
            }
        }
    }

    // List<Dictionary<A, B[]>> is made of List, Dictionary, A and B.
    private static IEnumerable<Type> Parts(Type type)
        => type.HasElementType ? Parts(type.GetElementType()!)
            : type.IsGenericParameter ? []
            : type.IsConstructedGenericType ? type.GetGenericArguments().SelectMany(Parts).Prepend(type.GetGenericTypeDefinition())
            : [type];

    private static Type Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type;
}
